// Package stack is Pion as every program here has it: Opus, candidates on the loopback interface too, and the interceptors of Pion's
// own examples, for reports and for answers to lost packets where these were negotiated.
package stack

import (
	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/webrtc/v4"
)

const opusType = 111

// Opus is what a browser offers.
var Opus = webrtc.RTPCodecCapability{
	MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2, SDPFmtpLine: "minptime=10;useinbandfec=1",
}

// NewAPI knows Opus and the codecs of `others`, by payload type. `change` has the last word on the settings; it may be nil.
func NewAPI(
	others map[webrtc.PayloadType]webrtc.RTPCodecCapability, change func(*webrtc.SettingEngine),
) (*webrtc.API, error) {
	engine := &webrtc.MediaEngine{}
	if err := register(engine, opusType, Opus); err != nil {
		return nil, err
	}
	for payloadType, codec := range others {
		if err := register(engine, payloadType, codec); err != nil {
			return nil, err
		}
	}
	interceptors := &interceptor.Registry{}
	if err := webrtc.RegisterDefaultInterceptors(engine, interceptors); err != nil {
		return nil, err
	}
	settings := webrtc.SettingEngine{}
	settings.SetIncludeLoopbackCandidate(true)
	settings.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	if change != nil {
		change(&settings)
	}
	return webrtc.NewAPI(
		webrtc.WithMediaEngine(engine), webrtc.WithInterceptorRegistry(interceptors), webrtc.WithSettingEngine(settings),
	), nil
}

func register(engine *webrtc.MediaEngine, payloadType webrtc.PayloadType, codec webrtc.RTPCodecCapability) error {
	parameters := webrtc.RTPCodecParameters{RTPCodecCapability: codec, PayloadType: payloadType}
	return engine.RegisterCodec(parameters, webrtc.RTPCodecTypeAudio)
}

// DrainRTCP lets the interceptors see what comes back, until the sender is closed.
func DrainRTCP(sender *webrtc.RTPSender) {
	buffer := make([]byte, 1500)
	for {
		if _, _, err := sender.Read(buffer); err != nil {
			return
		}
	}
}
