package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"github.com/gobragg/gobragg/refine/job"
	"github.com/gobragg/gobragg/viewer"
)

// viewFlags are the flags of the subcommand.
type viewFlags struct {
	job.Options
	listen  string
	browser bool
	model   string
}

// viewCommand is the subcommand that shows an experiment in a browser.
func (s *session) viewCommand() *cobra.Command {
	var f viewFlags
	c := &cobra.Command{
		Use:   "view [flags] INPUT…",
		Short: "Look at an image next to its model in a browser, turn parameters, watch a refinement",
		Long: `Look at an image next to its model in a browser: data, model, residuals, what a parameter changes; turn parameters, and refine them.

INPUT is what gobragg refine takes, and the model starts as it does there. The page is served on this computer alone, at an address with a random token,
until Ctrl-C. What is saved goes to the folder --out. On another computer over ssh, forward the port that is printed:

  ssh -L PORT:127.0.0.1:PORT HOST`,
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
	fs.BoolVar(&f.browser, "browser", true, "open the page in a browser")
	return c
}

// execute serves the page until the context ends.
func (f *viewFlags) execute(ctx context.Context, s *session) error {
	f.Model = job.Model(f.model)
	useThreads(&f.Options)
	session, err := viewer.Open(ctx, f.Options)
	if err != nil {
		return jobError("view", err)
	}
	defer session.Close()
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
	if _, err := fmt.Fprintf(s.stdout, "%s\n", address); err != nil {
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
	stopped := make(chan error, 1)
	go func() { stopped <- server.Serve(listener) }()
	select {
	case err := <-stopped:
		return err
	case <-ctx.Done():
		return server.Close() // Ctrl-C is how it ends
	}
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
