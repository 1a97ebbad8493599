package shim

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os/exec"
)

// Commands of the server: server/server.cc says what they mean.
const (
	commandAllocate uint64 = iota + 1
	commandRelease
	commandConstant
	commandUpload
	commandDownload
	commandZero
	commandLaunch
	commandWait
	commandBorrow
	commandUnborrow
)

// longestMessage is what a message of the server may have.
const longestMessage = 1 << 16

// process is a server that runs. Its methods return errors of the pipes where it has died, and what
// it answers otherwise.
type process struct {
	command *exec.Cmd
	in      *bufio.Writer
	pipe    io.Closer // below in
	out     *bufio.Reader
	log     bytes.Buffer // its standard error, whole once it has ended
	chunk   []byte
}

// refusal is what a server that goes on says.
type refusal string

func (r refusal) Error() string { return string(r) }

func startProcess(program, object, folder string) (*process, error) {
	p := &process{command: exec.Command(program, object, folder), chunk: make([]byte, 1<<16)}
	p.command.Stderr = &p.log
	in, err := p.command.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := p.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.command.Start(); err != nil {
		return nil, err
	}
	p.pipe, p.in, p.out = in, bufio.NewWriterSize(in, 1<<16), bufio.NewReaderSize(out, 1<<16)
	return p, nil
}

// send gives a command.
func (p *process) send(what, a, b, c uint64) error {
	for _, n := range [4]uint64{what, a, b, c} {
		if err := p.number(n); err != nil {
			return err
		}
	}
	return nil
}

func (p *process) number(n uint64) error {
	binary.NativeEndian.PutUint64(p.chunk, n)
	_, err := p.in.Write(p.chunk[:8])
	return err
}

// floats sends data.
func (p *process) floats(data []float64) error {
	for len(data) > 0 {
		n := min(len(data), len(p.chunk)/8)
		for i, v := range data[:n] {
			binary.NativeEndian.PutUint64(p.chunk[8*i:], math.Float64bits(v))
		}
		if _, err := p.in.Write(p.chunk[:8*n]); err != nil {
			return err
		}
		data = data[n:]
	}
	return nil
}

// answer waits for the answer to a command; data that it has follow.
func (p *process) answer() error {
	if err := p.in.Flush(); err != nil {
		return err
	}
	length, err := p.answered()
	if err != nil || length == 0 {
		return err
	}
	if length > longestMessage {
		return fmt.Errorf("the process answers with a message of %d bytes", length)
	}
	message := make([]byte, length)
	if _, err := io.ReadFull(p.out, message); err != nil {
		return err
	}
	return refusal(message)
}

// answered is a number of an answer.
func (p *process) answered() (uint64, error) {
	if _, err := io.ReadFull(p.out, p.chunk[:8]); err != nil {
		return 0, err
	}
	return binary.NativeEndian.Uint64(p.chunk), nil
}

// answeredFloats are data of an answer.
func (p *process) answeredFloats(data []float64) error {
	for len(data) > 0 {
		n := min(len(data), len(p.chunk)/8)
		if _, err := io.ReadFull(p.out, p.chunk[:8*n]); err != nil {
			return err
		}
		for i := range data[:n] {
			data[i] = math.Float64frombits(binary.NativeEndian.Uint64(p.chunk[8*i:]))
		}
		data = data[n:]
	}
	return nil
}

// end ends the process, and says how it ended where it had by itself.
func (p *process) end() string {
	// An error of Kill means that it has ended, and one of Close that nobody reads what was
	// written: both are known by Wait.
	_ = p.command.Process.Kill()
	_ = p.pipe.Close()
	err := p.command.Wait()
	if p.log.Len() > 0 {
		return string(bytes.TrimSpace(p.log.Bytes()))
	}
	return fmt.Sprintf("its process ended: %v", err)
}
