// Command pion is callers on Pion. It reads a request a line, {"id", "peer", "do", "args"}, and writes {"id", "ok"} or {"id", "error"};
// an answer comes when what was asked for has happened. Audio is Opus packets in base64: making and hearing tones is the other
// side's. It holds any number of peers, so that it can also be the load of a benchmark.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"runtime/debug"
	"sync"
)

const longestRequest = 16 << 20 // bytes: a minute of Opus in base64 has less than one

type request struct {
	ID   int               `json:"id"`
	Peer int               `json:"peer"`
	Do   string            `json:"do"`
	Args []json.RawMessage `json:"args"`
}

type reply struct {
	ID    int    `json:"id"`
	OK    any    `json:"ok,omitempty"`
	Error string `json:"error,omitempty"`
}

type peers struct {
	lock  sync.Mutex
	known map[int]*peer
}

// find makes the peer when it is first spoken to.
func (p *peers) find(number int) (*peer, error) {
	p.lock.Lock()
	defer p.lock.Unlock()
	if found, ok := p.known[number]; ok {
		return found, nil
	}
	made, err := newPeer()
	if err != nil {
		return nil, err
	}
	p.known[number] = made
	return made, nil
}

func main() {
	known := &peers{known: map[int]*peer{}}
	var writing sync.Mutex
	out := json.NewEncoder(os.Stdout)
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, longestRequest)
	for lines.Scan() {
		var asked request
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			fmt.Fprintln(os.Stderr, "not a request:", err)
			os.Exit(2)
		}
		go func() {
			answered := answer(known, asked)
			writing.Lock()
			defer writing.Unlock()
			if err := out.Encode(answered); err != nil {
				os.Exit(1)
			}
		}()
	}
}

func answer(known *peers, asked request) reply {
	if asked.Do == "version" {
		return reply{ID: asked.ID, OK: version()}
	}
	found, err := known.find(asked.Peer)
	if err != nil {
		return reply{ID: asked.ID, Error: err.Error()}
	}
	order, ok := orders[asked.Do]
	if !ok {
		return reply{ID: asked.ID, Error: "there is no order " + asked.Do}
	}
	result, err := order(found, asked.Args)
	if err != nil {
		return reply{ID: asked.ID, Error: err.Error()}
	}
	return reply{ID: asked.ID, OK: result}
}

// orders are what a peer can be asked to do.
var orders = map[string]func(*peer, []json.RawMessage) (any, error){
	"offer":      func(p *peer, _ []json.RawMessage) (any, error) { return p.offer(true) },
	"offerEarly": func(p *peer, _ []json.RawMessage) (any, error) { return p.offer(false) },
	"offerAgain": given(func(p *peer, change string) (any, error) { return p.offerAgain(change) }),
	"candidates": func(p *peer, _ []json.RawMessage) (any, error) { return p.candidates(), nil },
	"accept":     given(func(p *peer, sdp string) (any, error) { return nil, p.accept(sdp) }),
	"connected":  func(p *peer, _ []json.RawMessage) (any, error) { return p.connected(), nil },
	"play":       given(func(p *peer, frames [][]byte) (any, error) { return nil, p.voice.play(frames) }),
	"press":      given(func(p *peer, digits string) (any, error) { return nil, p.voice.press(digits) }),
	"listen":     given(func(p *peer, count int) (any, error) { return p.listen(count), nil }),
	"pressed":    given(func(p *peer, count int) (any, error) { return p.pressed(count) }),
	"send":       given(func(p *peer, text string) (any, error) { return nil, p.send(text) }),
	"told":       func(p *peer, _ []json.RawMessage) (any, error) { return p.told(), nil },
	"gone":       func(p *peer, _ []json.RawMessage) (any, error) { return p.gone(), nil },
	"pair":       func(p *peer, _ []json.RawMessage) (any, error) { return p.pair() },
	"received":   func(p *peer, _ []json.RawMessage) (any, error) { return p.received(), nil },
	"close":      func(p *peer, _ []json.RawMessage) (any, error) { return nil, p.close() },
}

// given reads the one argument of an order.
func given[T any](order func(*peer, T) (any, error)) func(*peer, []json.RawMessage) (any, error) {
	return func(p *peer, args []json.RawMessage) (any, error) {
		var argument T
		if len(args) != 1 {
			return nil, fmt.Errorf("one argument, not %d", len(args))
		}
		if err := json.Unmarshal(args[0], &argument); err != nil {
			return nil, err
		}
		return order(p, argument)
	}
}

func version() string {
	if built, ok := debug.ReadBuildInfo(); ok {
		for _, module := range built.Deps {
			if module.Path == "github.com/pion/webrtc/v4" {
				return module.Version
			}
		}
	}
	return "unknown"
}
