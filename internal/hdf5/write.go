package hdf5

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"github.com/gobragg/gobragg/format"
)

const (
	signature     = "\x89HDF\r\n\x1a\n"
	undefined     = math.MaxUint64 // an address that leads nowhere
	superblockLen = 48             // of version 2
	maxMessage    = 1<<16 - 1      // bytes of a message in an object header
)

// Writer writes an HDF5 file: first the pixels, chunk by chunk, with [Writer.NewChunks], then all
// the rest with [Writer.Finish]. The file has superblock 2 and version-2 headers, which HDF5 1.8 and
// later read. The same calls give the same bytes.
type Writer struct {
	w  io.WriterAt
	at int64 // where the next object goes
}

// NewWriter returns a writer of a file that is empty.
func NewWriter(w io.WriterAt) *Writer { return &Writer{w: w, at: superblockLen} }

// Node is a group or a dataset to be written.
type Node struct {
	Name       string
	Attributes []Attribute
	Children   []*Node // of a group
	// Value is that of a dataset: a string, an int32, int64 or float64, a slice of one of these
	// numbers, or [Chunks]; nil in a group.
	Value any
}

// Attribute is an attribute to be written. Its value is a string, a number or a slice as in [Node].
type Attribute struct {
	Name  string
	Value any
}

// NewGroup returns a group.
func NewGroup(name string, attributes []Attribute, children ...*Node) *Node {
	return &Node{Name: name, Attributes: attributes, Children: children}
}

// NewDataset returns a dataset.
func NewDataset(name string, value any, attributes ...Attribute) *Node {
	return &Node{Name: name, Value: value, Attributes: attributes}
}

// write appends an object, aligned to 8 bytes, and returns its address.
func (w *Writer) write(data []byte) (address uint64, err error) {
	w.at = (w.at + 7) &^ 7
	address = uint64(w.at)
	if _, err := w.w.WriteAt(data, w.at); err != nil {
		return 0, err
	}
	w.at += int64(len(data))
	return address, nil
}

// Finish writes the tree of groups and datasets below the root group and completes the file.
func (w *Writer) Finish(root *Node) error {
	address, err := w.node(root)
	if err != nil {
		return err
	}
	s := append([]byte(signature), 2, 8, 8, 0)
	for _, v := range []uint64{0, undefined, uint64(w.at), address} {
		s = binary.LittleEndian.AppendUint64(s, v)
	}
	_, err = w.w.WriteAt(appendChecksum(s), 0)
	return err
}

func appendChecksum(data []byte) []byte {
	return binary.LittleEndian.AppendUint32(data, lookup3(data))
}

// node writes what is below a node and then its header, whose address it returns.
func (w *Writer) node(n *Node) (address uint64, err error) {
	var h header
	if n.Value == nil {
		h.message(messageLinkInfo, append([]byte{0, 0}, ones(16)...))
		h.message(messageGroupInfo, []byte{0, 0})
		for _, child := range n.Children {
			address, err := w.node(child)
			if err != nil {
				return 0, err
			}
			if len(child.Name) == 0 || len(child.Name) > 255 {
				return 0, fmt.Errorf("the name %q of an object has %d bytes, expected 1 to 255", child.Name, len(child.Name))
			}
			link := append([]byte{1, 0, byte(len(child.Name))}, child.Name...)
			h.message(messageLink, binary.LittleEndian.AppendUint64(link, address))
		}
	} else if err := w.dataset(&h, n.Value); err != nil {
		return 0, fmt.Errorf("%s: %w", n.Name, err)
	}
	for _, a := range n.Attributes {
		space, kind, data, err := encode(a.Value)
		if err != nil {
			return 0, fmt.Errorf("%s: attribute %s: %w", n.Name, a.Name, err)
		}
		m := []byte{3, 0}
		m = binary.LittleEndian.AppendUint16(m, uint16(len(a.Name)+1))
		m = binary.LittleEndian.AppendUint16(m, uint16(len(kind)))
		m = binary.LittleEndian.AppendUint16(m, uint16(len(space)))
		m = append(append(append(m, 0), a.Name...), 0)
		h.message(messageAttribute, append(append(append(m, kind...), space...), data...))
	}
	data, err := h.bytes()
	if err != nil {
		return 0, fmt.Errorf("%s: %w", n.Name, err)
	}
	return w.write(data)
}

// dataset adds the messages of a dataset, whose data it writes unless they are written already.
func (w *Writer) dataset(h *header, value any) error {
	if chunks, ok := value.(*Chunks); ok {
		return chunks.finish(h)
	}
	space, kind, data, err := encode(value)
	if err != nil {
		return err
	}
	address := uint64(undefined)
	if len(data) > 0 {
		if address, err = w.write(data); err != nil {
			return err
		}
	}
	layout := binary.LittleEndian.AppendUint64([]byte{3, 1}, address)
	h.describe(space, kind, binary.LittleEndian.AppendUint64(layout, uint64(len(data))))
	return nil
}

// header collects the messages of an object header of version 2.
type header struct {
	messages []byte
	err      error
}

func (h *header) message(kind byte, data []byte) { h.flagged(kind, 0, data) }

func (h *header) flagged(kind, flags byte, data []byte) {
	if len(data) > maxMessage {
		h.err = fmt.Errorf("has %d bytes in its header, more than %d", len(data), maxMessage)
		return
	}
	h.messages = append(h.messages, kind, byte(len(data)), byte(len(data)>>8), flags)
	h.messages = append(h.messages, data...)
}

// describe adds the messages that every dataset has.
func (h *header) describe(space, kind, layout []byte) {
	h.message(messageDataspace, space)
	h.flagged(messageDatatype, 1, kind)
	h.message(messageFill, []byte{3, 0x0a})
	h.message(messageLayout, layout)
}

func (h *header) bytes() ([]byte, error) {
	if h.err != nil {
		return nil, h.err
	}
	data := append([]byte("OHDR"), 2, 2)
	data = binary.LittleEndian.AppendUint32(data, uint32(len(h.messages)))
	return appendChecksum(append(data, h.messages...)), nil
}

func ones(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = 0xff
	}
	return b
}

// encode returns the messages of a value's dataspace and datatype, and its data.
func encode(value any) (space, kind, data []byte, err error) {
	scalar := []byte{2, 0, 0, 0}
	switch v := value.(type) {
	case string:
		// The library has no strings of 0 bytes.
		data = []byte(v)
		if len(data) == 0 {
			data = []byte{0}
		}
		kind = binary.LittleEndian.AppendUint32([]byte{0x13, 1, 0, 0}, uint32(len(data)))
		return scalar, kind, data, nil
	case int32:
		return scalar, typeMessage(format.Int32), binary.LittleEndian.AppendUint32(nil, uint32(v)), nil
	case int64:
		return scalar, typeMessage(format.Int64), binary.LittleEndian.AppendUint64(nil, uint64(v)), nil
	case float64:
		return scalar, typeMessage(format.Float64), binary.LittleEndian.AppendUint64(nil, math.Float64bits(v)), nil
	case []int32:
		for _, x := range v {
			data = binary.LittleEndian.AppendUint32(data, uint32(x))
		}
		return spaceMessage(uint64(len(v))), typeMessage(format.Int32), data, nil
	case []float64:
		for _, x := range v {
			data = binary.LittleEndian.AppendUint64(data, math.Float64bits(x))
		}
		return spaceMessage(uint64(len(v))), typeMessage(format.Float64), data, nil
	}
	return nil, nil, nil, fmt.Errorf("a value of type %T cannot be written", value)
}

func spaceMessage(dims ...uint64) []byte {
	m := []byte{2, byte(len(dims)), 0, 1}
	for _, d := range dims {
		m = binary.LittleEndian.AppendUint64(m, d)
	}
	return m
}

// typeMessage returns the datatype message of a type of pixels.
func typeMessage(t format.Type) []byte {
	size := t.Size()
	if t.Float() {
		var sign, exponent, exponentSize, fraction byte
		var bias uint32
		switch size {
		case 2:
			sign, exponent, exponentSize, fraction, bias = 15, 10, 5, 10, 15
		case 4:
			sign, exponent, exponentSize, fraction, bias = 31, 23, 8, 23, 127
		default:
			sign, exponent, exponentSize, fraction, bias = 63, 52, 11, 52, 1023
		}
		m := binary.LittleEndian.AppendUint32([]byte{0x11, 0x20, sign, 0}, uint32(size))
		m = append(m, 0, 0, byte(8*size), 0, exponent, exponentSize, 0, fraction)
		return binary.LittleEndian.AppendUint32(m, bias)
	}
	var signed byte
	if t.Signed() {
		signed = 8
	}
	m := binary.LittleEndian.AppendUint32([]byte{0x10, signed, 0, 0}, uint32(size))
	return append(m, 0, 0, byte(8*size), 0)
}
