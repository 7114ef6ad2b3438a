package main

import (
	"errors"
	"strings"
	"time"

	"github.com/pion/webrtc/v4"

	"antiphon.example/interop/pion/stack"
)

const keysType = 110

// peer is one call.
type peer struct {
	*news
	connection *webrtc.PeerConnection
	channel    *webrtc.DataChannel
	voice      *voice
	events     events

	offeredAt   time.Time
	answeredAt  time.Time
	iceAt       time.Time
	connectedAt time.Time
	gathered    bool
	lines       []string
	messages    []string
	heard       [][]byte
	wanted      int
	packets     int
	first, last uint16
	open        bool
	over        string
}

func newPeer() (*peer, error) {
	keys := webrtc.RTPCodecCapability{MimeType: "audio/telephone-event", ClockRate: 48000, SDPFmtpLine: "0-15"}
	api, err := stack.NewAPI(map[webrtc.PayloadType]webrtc.RTPCodecCapability{keysType: keys}, nil)
	if err != nil {
		return nil, err
	}
	connection, err := api.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		return nil, err
	}
	made := &peer{news: newNews(), connection: connection, voice: newVoice()}
	return made, made.furnish()
}

// furnish gives the connection its track and channel, and listens to it.
func (p *peer) furnish() error {
	sender, err := p.connection.AddTrack(p.voice)
	if err != nil {
		return err
	}
	go stack.DrainRTCP(sender)
	if p.channel, err = p.connection.CreateDataChannel("antiphon", nil); err != nil {
		return err
	}
	p.channel.OnOpen(func() { p.note(func() { p.open = true }) })
	p.channel.OnClose(func() { p.note(func() { p.end("the channel closed") }) })
	p.channel.OnMessage(func(message webrtc.DataChannelMessage) {
		p.note(func() { p.messages = append(p.messages, string(message.Data)) })
	})
	p.connection.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) { p.hear(track) })
	p.connection.OnICECandidate(func(candidate *webrtc.ICECandidate) {
		p.note(func() {
			if candidate == nil {
				p.gathered = true
				return
			}
			p.lines = append(p.lines, candidate.ToJSON().Candidate)
		})
	})
	p.connection.OnICEConnectionStateChange(func(state webrtc.ICEConnectionState) { p.note(func() { p.find(state) }) })
	p.connection.OnConnectionStateChange(func(state webrtc.PeerConnectionState) { p.note(func() { p.change(state) }) })
	return nil
}

func (p *peer) find(state webrtc.ICEConnectionState) {
	if state == webrtc.ICEConnectionStateConnected && p.iceAt.IsZero() {
		p.iceAt = time.Now()
	}
}

func (p *peer) change(state webrtc.PeerConnectionState) {
	switch state {
	case webrtc.PeerConnectionStateConnected:
		p.find(webrtc.ICEConnectionStateConnected) // of which another goroutine may be about to tell
		if p.connectedAt.IsZero() {
			p.connectedAt = time.Now()
		}
	case webrtc.PeerConnectionStateDisconnected, webrtc.PeerConnectionStateFailed, webrtc.PeerConnectionStateClosed:
		p.end(state.String())
	}
}

func (p *peer) end(why string) {
	if p.over == "" {
		p.over = why
	}
}

func (p *peer) hear(track *webrtc.TrackRemote) {
	for {
		packet, _, err := track.ReadRTP()
		if err != nil {
			return
		}
		p.note(func() {
			if p.packets == 0 {
				p.first = packet.SequenceNumber
			}
			p.packets++
			p.last = packet.SequenceNumber
			if packet.PayloadType == keysType {
				p.events.read(packet)
			} else if len(p.heard) < p.wanted {
				p.heard = append(p.heard, packet.Payload)
			}
		})
	}
}

// offer describes the call, with all its candidates if they shall be in it.
func (p *peer) offer(complete bool) (string, error) {
	return p.describe(complete, nil)
}

// offerAgain restarts ICE. Pion lets nobody change a transceiver's direction.
func (p *peer) offerAgain(change string) (string, error) {
	if change != "restart" {
		return "", errors.New("no way to " + change)
	}
	p.note(func() { p.gathered, p.lines = false, nil })
	return p.describe(true, &webrtc.OfferOptions{ICERestart: true})
}

func (p *peer) describe(complete bool, options *webrtc.OfferOptions) (string, error) {
	made, err := p.connection.CreateOffer(options)
	if err != nil {
		return "", err
	}
	if err := p.connection.SetLocalDescription(made); err != nil {
		return "", err
	}
	if complete {
		p.until(func() bool { return p.gathered }, func() {})
		made = *p.connection.LocalDescription()
	}
	p.note(func() { p.offeredAt = time.Now() })
	return made.SDP, nil
}

func (p *peer) candidates() (lines []string) {
	p.until(func() bool { return p.gathered }, func() { lines = p.lines })
	return lines
}

func (p *peer) accept(sdp string) error {
	p.note(func() {
		if p.answeredAt.IsZero() {
			p.answeredAt = time.Now()
		}
	})
	return p.connection.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: sdp})
}

// connected waits until it is, and tells how many milliseconds after the offer that and what led to it was.
func (p *peer) connected() (reached map[string]float64) {
	p.until(func() bool { return !p.connectedAt.IsZero() }, func() {
		ms := func(at time.Time) float64 { return float64(at.Sub(p.offeredAt)) / float64(time.Millisecond) }
		reached = map[string]float64{"answered": ms(p.answeredAt), "ice": ms(p.iceAt), "connected": ms(p.connectedAt)}
	})
	return reached
}

// listen waits for the next packets of the far end's voice.
func (p *peer) listen(count int) (frames [][]byte) {
	p.note(func() { p.heard, p.wanted = nil, count })
	p.until(func() bool { return len(p.heard) >= count }, func() { frames = p.heard })
	return frames
}

// pressed waits for so many keys of the far end's.
func (p *peer) pressed(count int) (keys string, err error) {
	p.until(func() bool { return p.events.wrong != nil || len(p.events.ended) >= count }, func() {
		keys, err = p.events.ended, p.events.wrong
	})
	return keys, err
}

func (p *peer) send(text string) error {
	p.until(func() bool { return p.open }, func() {})
	return p.channel.SendText(text)
}

func (p *peer) told() (text string) {
	p.until(func() bool { return len(p.messages) > 0 }, func() { text, p.messages = p.messages[0], p.messages[1:] })
	return text
}

func (p *peer) gone() (why string) {
	p.until(func() bool { return p.over != "" }, func() { why = p.over })
	return why
}

// pair tells over which protocol the two talk.
func (p *peer) pair() (string, error) {
	pair, err := p.connection.SCTP().Transport().ICETransport().GetSelectedCandidatePair()
	if err != nil || pair == nil {
		return "", errors.Join(errors.New("no pair is selected"), err)
	}
	return strings.ToLower(pair.Remote.Protocol.String()), nil
}

func (p *peer) received() (counts map[string]int) {
	p.until(func() bool { return true }, func() {
		expected := int(p.last-p.first) + 1
		counts = map[string]int{"packets": p.packets, "lost": max(0, expected-p.packets)}
	})
	return counts
}

func (p *peer) close() error {
	p.voice.stop()
	return p.connection.Close()
}
