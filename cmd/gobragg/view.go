package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/gobragg/gobragg/internal/atomicfile"
	"github.com/gobragg/gobragg/internal/cli"
	"github.com/gobragg/gobragg/refine/job"
	"github.com/gobragg/gobragg/viewer"
)

// viewFlags are the flags of the subcommand.
type viewFlags struct {
	job.Options
	listen  string
	browser bool
	model   string
	show    string
	picture string
}

// viewCommand is the subcommand that shows an experiment in a browser.
func (s *session) viewCommand() *cobra.Command {
	var f viewFlags
	c := &cobra.Command{
		Use:   "view [flags] INPUT…",
		Short: "Look at images, and at their model: turn parameters, watch a refinement",
		Long: `Look at images in a browser, and where the files give a crystal and structure factors at the model next to them: residuals, what a parameter changes;
turn parameters, and refine them.

INPUT is what gobragg refine takes, and the model starts as it does there; or images of any format that is read, alone. The page is served on this computer
alone, at an address with a random token, until Ctrl-C. What is saved goes to the folder --out. On another computer over ssh, forward the port:

  ssh -L PORT:127.0.0.1:PORT HOST

With --picture nothing is served: what --show says, which is what the address of the page holds after #, is drawn into a file.`,
		Example: `  gobragg view image.cbf
  gobragg view integrated.expt merged.mtz --browser=false --listen 127.0.0.1:8080
  gobragg view integrated.expt merged.mtz --show 'layer=residual&rings=1' --picture residual.pdf`,
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, paths []string) error {
			if len(paths) == 0 {
				return wrongArguments(c, paths)
			}
			f.Inputs = paths
			return f.execute(c.Context(), s)
		},
	}
	fs := c.Flags()
	jobFlags(fs, &f.Options, &f.model)
	fs.StringVar(&f.Out, "out", "view", "`FOLDER` for what is saved and refined, which is made when it is needed")
	fs.StringVar(&f.listen, "listen", "127.0.0.1:0", "`ADDRESS` to serve the page at; port 0 is any that is free. Whoever reaches it and knows the token sees the images and may refine")
	fs.StringVar(&f.show, "show", "", "`TEXT` of what is shown: what the address of the page holds after #")
	fs.StringVar(&f.picture, "picture", "", "`FILE` to draw what is shown into, instead of serving the page: .png, .svg or .pdf")
	fs.BoolVar(&f.browser, "browser", true, "open the page in a browser")
	return c
}

// execute serves the page until the context ends.
func (f *viewFlags) execute(ctx context.Context, s *session) error {
	f.Model = job.Model(f.model)
	useThreads(&f.Options)
	shown, err := viewer.ParseShown(f.show)
	if err != nil {
		return cli.Usagef("view: --show: %s", strings.TrimPrefix(err.Error(), "viewer: "))
	}
	format := strings.ToLower(strings.TrimPrefix(filepath.Ext(f.picture), "."))
	if f.picture != "" && !slices.Contains(viewer.Formats(), format) {
		return cli.Usagef("view: --picture %s: a picture is .%s", f.picture, strings.Join(viewer.Formats(), ", ."))
	}
	session, err := viewer.Open(ctx, f.Options)
	if err != nil {
		return jobError("view", err)
	}
	defer session.Close()
	if f.picture != "" {
		return f.draw(ctx, s, session, shown, format)
	}
	listener, err := net.Listen("tcp", f.listen)
	if err != nil {
		return fmt.Errorf("view: --listen %s: %w", f.listen, err)
	}
	secret := make([]byte, 16)
	if _, err := rand.Read(secret); err != nil {
		return err
	}
	token := hex.EncodeToString(secret)
	address := fmt.Sprintf("http://%s/%s/", listener.Addr(), token)
	if f.show != "" {
		address += "#" + shown.Asked()
	}
	if _, err := fmt.Fprintf(s.stdout, "%s\n", address); err != nil {
		return err
	}
	if err := f.tunnel(s, listener.Addr()); err != nil {
		return err
	}
	if f.browser {
		if err := openBrowser(ctx, address); err != nil {
			if err := s.note("no browser could be opened (%v): open the address above", err); err != nil {
				return err
			}
		}
	}
	server := &http.Server{Handler: session.Handler(token), ReadHeaderTimeout: 10 * time.Second, BaseContext: func(net.Listener) context.Context { return ctx }}
	stopped, lacking := make(chan error, 1), make(chan error, 1)
	go func() { lacking <- session.Ready(ctx) }()
	go func() { stopped <- server.Serve(listener) }()
	for {
		select {
		case err := <-stopped:
			return err
		case err := <-lacking:
			if err != nil && ctx.Err() == nil {
				if err := s.note("there is no model, only images: %v", err); err != nil {
					return err
				}
			}
			lacking = nil
		case <-ctx.Done():
			return server.Close() // Ctrl-C is how it ends
		}
	}
}

// tunnel says how the page is reached from elsewhere, or who can reach it.
func (f *viewFlags) tunnel(s *session, on net.Addr) error {
	host, port, err := net.SplitHostPort(on.String())
	if err != nil {
		return err
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return s.note("whoever reaches port %s of this computer and knows the token sees the images and may refine; --listen 127.0.0.1:%s and a tunnel are safer", port, port)
	}
	if f.browser && os.Getenv("SSH_CONNECTION") == "" {
		return nil
	}
	name, err := os.Hostname()
	if err != nil {
		name = "HOST"
	}
	return s.note("from another computer: ssh -L %s:127.0.0.1:%s %s, then the address above", port, port, name)
}

// draw draws what is shown into a file.
func (f *viewFlags) draw(ctx context.Context, s *session, session *viewer.Session, shown *viewer.Shown, format string) error {
	if err := session.Ready(ctx); err != nil {
		if shown.NeedsModel() {
			return err
		}
		if err := s.note("there is no model, only images: %v", err); err != nil {
			return err
		}
	}
	if err := atomicfile.Write(f.picture, func(w io.Writer) error { return session.Picture(ctx, w, format, shown) }); err != nil {
		return err
	}
	_, err := fmt.Fprintln(s.stdout, f.picture)
	return err
}

// openBrowser opens an address in the user's browser.
func openBrowser(ctx context.Context, address string) error {
	var c *exec.Cmd
	switch runtime.GOOS {
	case "darwin":
		c = exec.CommandContext(ctx, "open", address)
	case "windows":
		c = exec.CommandContext(ctx, "rundll32", "url.dll,FileProtocolHandler", address)
	default:
		c = exec.CommandContext(ctx, "xdg-open", address)
	}
	return c.Start()
}
