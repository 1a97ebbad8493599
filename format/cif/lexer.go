// Package cif reads the Crystallographic Information File, CIF 1.1: blocks of tags with values and of
// loops. It knows the syntax alone; what tags mean is left to those who use it.
package cif

import (
	"bytes"
	"fmt"

	"github.com/gobragg/gobragg/format"
)

// Kind is the kind of a [Token].
type Kind uint8

const (
	End    Kind = iota // of the file
	Data               // data_NAME; the text is the name
	Save               // save_NAME; the text is the name, empty where a frame ends
	Global             // global_
	Loop               // loop_
	Stop               // stop_
	Tag                // _tag
	Word               // a value without quotes
	Quoted             // a value in quotes; the text is what is between them
	Text               // a value between semicolons that begin lines; the text is what is between them
)

// Token is a part of a file. Its text is part of the file's bytes.
type Token struct {
	Kind  Kind
	Text  []byte
	Start int // position of its first byte in the file
}

// IsValue reports whether the token is a value.
func (t *Token) IsValue() bool { return t.Kind >= Word }

// Lexer splits a file into tokens.
type Lexer struct {
	data []byte
	at   int
	name string
}

// NewLexer returns a lexer of data, which it keeps; name stands for the file in errors.
func NewLexer(data []byte, name string) *Lexer { return &Lexer{data: data, name: name} }

// Offset returns the position in the file at which the next token is looked for.
func (l *Lexer) Offset() int { return l.at }

// Seek goes to a position in the file, for instance behind binary data.
func (l *Lexer) Seek(offset int) { l.at = min(max(0, offset), len(l.data)) }

// Line returns the number, from 1, of the line of a position in the file. Lines end in LF, CR LF or CR.
func (l *Lexer) Line(offset int) int {
	before := l.data[:min(max(0, offset), len(l.data))]
	return 1 + bytes.Count(before, []byte("\n")) + bytes.Count(before, []byte("\r")) - bytes.Count(before, []byte("\r\n"))
}

// Errorf returns an error of the class about a position in the file, which it names with its line.
func (l *Lexer) Errorf(class error, offset int, text string, args ...any) error {
	return format.Errorf(class, "cif: %s:%d: %w", l.name, l.Line(offset), fmt.Errorf(text, args...))
}

// blank tells white space from other bytes. Other control characters are white space too, since
// damaged files have them and nothing else could begin with one.
func blank(c byte) bool { return c <= ' ' }

// Next returns the next token; at the end of the file, and after it, the token [End].
func (l *Lexer) Next() (Token, error) {
	data, at := l.data, l.at
	for {
		for at < len(data) && blank(data[at]) {
			at++
		}
		if at == len(data) {
			l.at = at
			return Token{Kind: End, Start: at}, nil
		}
		if data[at] != '#' {
			break
		}
		for at < len(data) && data[at] != '\n' && data[at] != '\r' {
			at++
		}
	}
	switch c := data[at]; {
	case c == '\'' || c == '"':
		return l.quoted(at)
	case c == ';' && (at == 0 || data[at-1] == '\n' || data[at-1] == '\r'):
		return l.text(at)
	}
	end := at + 1
	for end < len(data) && !blank(data[end]) {
		end++
	}
	l.at = end
	word := data[at:end]
	if word[0] == '_' {
		return Token{Tag, word, at}, nil
	}
	if kind, name := reserved(word); kind != Word {
		return Token{kind, name, at}, nil
	}
	return Token{Word, word, at}, nil
}

// reserved returns the kind of a word, and the name in it.
func reserved(word []byte) (Kind, []byte) {
	const shortest = len("data_")
	if len(word) < shortest || word[0] < 'D' || word[4] != '_' && word[len(word)-1] != '_' {
		return Word, word
	}
	for _, r := range [...]struct {
		prefix string
		kind   Kind
		named  bool
	}{{"data_", Data, true}, {"loop_", Loop, false}, {"save_", Save, true}, {"stop_", Stop, false}, {"global_", Global, false}} {
		if len(word) < len(r.prefix) || !r.named && len(word) > len(r.prefix) || !bytes.EqualFold(word[:len(r.prefix)], []byte(r.prefix)) {
			continue
		}
		return r.kind, word[len(r.prefix):]
	}
	return Word, word
}

// quoted returns the value in quotes that begins at a position. A quote ends it only if white space
// follows.
func (l *Lexer) quoted(at int) (Token, error) {
	quote := l.data[at]
	for end := at + 1; end < len(l.data); end++ {
		switch c := l.data[end]; {
		case c == quote && (end+1 == len(l.data) || blank(l.data[end+1])):
			l.at = end + 1
			return Token{Quoted, l.data[at+1 : end], at}, nil
		case c == '\n' || c == '\r':
			return Token{}, l.Errorf(format.ErrInvalidValue, at, "the quote %c is not closed on its line", quote)
		}
	}
	return Token{}, l.Errorf(format.ErrTruncated, at, "the file ends before the quote %c is closed", quote)
}

// text returns the value between semicolons that begins at a position.
func (l *Lexer) text(at int) (Token, error) {
	for end := at + 1; ; {
		i := bytes.IndexByte(l.data[end:], ';')
		if i < 0 {
			return Token{}, l.Errorf(format.ErrTruncated, at, "the file ends in the text that begins with a semicolon")
		}
		end += i
		switch before := l.data[end-1]; {
		case end-1 == at || before != '\n' && before != '\r':
			end++
			continue
		case before == '\n' && l.data[end-2] == '\r' && end-2 > at:
			l.at = end + 1
			return Token{Text, l.data[at+1 : end-2], at}, nil
		}
		l.at = end + 1
		return Token{Text, l.data[at+1 : end-1], at}, nil
	}
}
