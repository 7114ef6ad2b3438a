package main

import (
	"encoding/binary"
	"fmt"

	"github.com/pion/rtp"
)

// events reads RFC 4733 keys to the letter: one timestamp for a key, the marker on its first packet alone, durations that grow, and an end
// that is told three times.
type events struct {
	ended string
	wrong error

	timestamp uint32
	duration  uint16
	ends      int
	begun     bool
}

func (e *events) read(packet *rtp.Packet) {
	if e.wrong == nil {
		e.wrong = e.take(packet)
	}
}

func (e *events) take(packet *rtp.Packet) error {
	if len(packet.Payload) != 4 || int(packet.Payload[0]) >= len(digitNames) {
		return fmt.Errorf("no event: %x", packet.Payload)
	}
	duration, end := binary.BigEndian.Uint16(packet.Payload[2:]), packet.Payload[1]&0x80 != 0
	begins := !e.begun || packet.Timestamp != e.timestamp
	switch {
	case begins != packet.Marker:
		return fmt.Errorf("the marker is %v where a key begins: %v", packet.Marker, begins)
	case begins && e.begun && e.ends != ends:
		return fmt.Errorf("an end was told %d times", e.ends)
	case !begins && e.ends == 0 && duration <= e.duration:
		return fmt.Errorf("a duration of %d after %d", duration, e.duration)
	case !begins && e.ends > 0 && (!end || duration != e.duration):
		return fmt.Errorf("after its end a key goes on: %d after %d", duration, e.duration)
	}
	if begins {
		e.timestamp, e.ends, e.begun = packet.Timestamp, 0, true
	}
	e.duration = duration
	if end {
		e.ends++
	}
	if e.ends == ends {
		e.ended += string(digitNames[packet.Payload[0]])
	}
	return nil
}
