package main

import (
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
)

const (
	frameTime   = 20 * time.Millisecond
	frameTicks  = 960 // 48 kHz
	digitNames  = "0123456789*#ABCD"
	eventFrames = 5 // a key is held for 100 ms
	ends        = 3 // RFC 4733 2.5.1.4
	gapFrames   = 4 // 80 ms between keys
)

// voice is a track that sends Opus packets and RFC 4733 keys with one sequence of numbers, as a telephone does.
type voice struct {
	lock     sync.Mutex
	stream   webrtc.TrackLocalWriter
	ssrc     webrtc.SSRC
	opus     webrtc.PayloadType
	keys     webrtc.PayloadType
	frames   [][]byte
	pressed  []func()
	sequence uint16
	frame    uint32
	stopped  chan struct{}
	once     sync.Once
}

func newVoice() *voice {
	return &voice{stopped: make(chan struct{})}
}

// Bind is told what was negotiated.
func (v *voice) Bind(context webrtc.TrackLocalContext) (webrtc.RTPCodecParameters, error) {
	v.lock.Lock()
	defer v.lock.Unlock()
	v.stream, v.ssrc = context.WriteStream(), context.SSRC()
	var opus webrtc.RTPCodecParameters
	for _, codec := range context.CodecParameters() {
		switch strings.ToLower(codec.MimeType) {
		case "audio/opus":
			opus, v.opus = codec, codec.PayloadType
		case "audio/telephone-event":
			v.keys = codec.PayloadType
		}
	}
	if v.opus == 0 {
		return opus, webrtc.ErrUnsupportedCodec
	}
	return opus, nil
}

// Unbind ends the sending.
func (v *voice) Unbind(webrtc.TrackLocalContext) error {
	v.stop()
	return nil
}

func (v *voice) stop()                     { v.once.Do(func() { close(v.stopped) }) }
func (v *voice) ID() string                { return "voice" }
func (v *voice) RID() string               { return "" }
func (v *voice) StreamID() string          { return "caller" }
func (v *voice) Kind() webrtc.RTPCodecType { return webrtc.RTPCodecTypeAudio }

// play sends these packets, 20 ms each, over and over.
func (v *voice) play(frames [][]byte) error {
	if len(frames) == 0 {
		return errors.New("nothing to play")
	}
	v.lock.Lock()
	defer v.lock.Unlock()
	if v.frames == nil {
		go v.pace()
	}
	v.frames = frames
	return nil
}

// pace keeps to the wall clock, however late a tick comes.
func (v *voice) pace() {
	ticks := time.NewTicker(frameTime)
	defer ticks.Stop()
	began, sent := time.Now(), time.Duration(0)
	for {
		select {
		case <-v.stopped:
			return
		case <-ticks.C:
			for ; sent*frameTime <= time.Since(began); sent++ {
				v.speak()
			}
		}
	}
}

func (v *voice) speak() {
	v.lock.Lock()
	defer v.lock.Unlock()
	if len(v.pressed) > 0 {
		next := v.pressed[0]
		v.pressed = v.pressed[1:]
		next()
		return
	}
	v.send(v.opus, v.frame*frameTicks, false, v.frames[int(v.frame)%len(v.frames)])
	v.frame++
}

func (v *voice) send(payloadType webrtc.PayloadType, timestamp uint32, marker bool, payload []byte) {
	header := rtp.Header{
		Version:        2,
		PayloadType:    uint8(payloadType),
		SequenceNumber: v.sequence,
		Timestamp:      timestamp,
		SSRC:           uint32(v.ssrc),
		Marker:         marker,
	}
	v.sequence++
	if _, err := v.stream.WriteRTP(&header, payload); err != nil {
		v.stop()
	}
}

// press queues keys; they are sent in place of the voice.
func (v *voice) press(digits string) error {
	v.lock.Lock()
	defer v.lock.Unlock()
	if v.keys == 0 {
		return errors.New("no telephone events were negotiated")
	}
	for _, digit := range digits {
		event := strings.IndexRune(digitNames, digit)
		if event < 0 {
			return errors.New("no such key")
		}
		v.pressed = append(v.pressed, v.key(byte(event))...)
	}
	return nil
}

// key is one event's packets: it keeps the timestamp of its beginning and tells how long it has lasted (RFC 4733 2.3, 2.5).
func (v *voice) key(event byte) []func() {
	var began uint32
	var packets []func()
	for number := uint32(1); number <= eventFrames; number++ {
		packets = append(packets, func() {
			if number == 1 {
				began = v.frame * frameTicks
			}
			v.send(v.keys, began, number == 1, eventPayload(event, false, number*frameTicks))
			v.frame++
		})
	}
	for range ends {
		packets = append(packets, func() { v.send(v.keys, began, false, eventPayload(event, true, eventFrames*frameTicks)) })
	}
	for range gapFrames {
		packets = append(packets, func() { v.frame++ })
	}
	return packets
}

func eventPayload(event byte, end bool, ticks uint32) []byte {
	volume := byte(10)
	if end {
		volume |= 0x80
	}
	return []byte{event, volume, byte(ticks >> 8), byte(ticks)}
}
