// Command reflect is a server on Pion that sends every caller its own packets back, as Pion's own example of that name does it. The media
// benchmark measures it beside ours. Prints {"port": …}; `POST /offer` takes an SDP and gives one, `GET /counts` answers.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"

	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/webrtc/v4"
)

const (
	opusType   = 111
	longestSDP = 64 << 10
)

var opus = webrtc.RTPCodecCapability{
	MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2, SDPFmtpLine: "minptime=10;useinbandfec=1",
}

// newAPI has Pion's default interceptors, which its example has too: reports, and answers to lost packets where negotiated.
func newAPI() (*webrtc.API, error) {
	engine := &webrtc.MediaEngine{}
	parameters := webrtc.RTPCodecParameters{RTPCodecCapability: opus, PayloadType: opusType}
	if err := engine.RegisterCodec(parameters, webrtc.RTPCodecTypeAudio); err != nil {
		return nil, err
	}
	interceptors := &interceptor.Registry{}
	if err := webrtc.RegisterDefaultInterceptors(engine, interceptors); err != nil {
		return nil, err
	}
	settings := webrtc.SettingEngine{}
	settings.SetIncludeLoopbackCandidate(true)
	settings.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	settings.SetInterfaceFilter(func(name string) bool { return name == "lo" })
	return webrtc.NewAPI(
		webrtc.WithMediaEngine(engine), webrtc.WithInterceptorRegistry(interceptors), webrtc.WithSettingEngine(settings),
	), nil
}

func answer(api *webrtc.API, offer string) (string, error) {
	connection, err := api.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		return "", err
	}
	track, err := webrtc.NewTrackLocalStaticRTP(opus, "audio", "reflect")
	if err != nil {
		return "", err
	}
	sender, err := connection.AddTrack(track)
	if err != nil {
		return "", err
	}
	go drainRTCP(sender)
	connection.OnTrack(func(theirs *webrtc.TrackRemote, _ *webrtc.RTPReceiver) { reflect(theirs, track) })
	if err := connection.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: offer}); err != nil {
		return "", err
	}
	made, err := connection.CreateAnswer(nil)
	if err != nil {
		return "", err
	}
	gathered := webrtc.GatheringCompletePromise(connection)
	if err := connection.SetLocalDescription(made); err != nil {
		return "", err
	}
	<-gathered
	return connection.LocalDescription().SDP, nil
}

// drainRTCP lets the interceptors see what comes back.
func drainRTCP(sender *webrtc.RTPSender) {
	buffer := make([]byte, 1500)
	for {
		if _, _, err := sender.Read(buffer); err != nil {
			return
		}
	}
}

func reflect(from *webrtc.TrackRemote, to *webrtc.TrackLocalStaticRTP) {
	for {
		packet, _, err := from.ReadRTP()
		if err != nil {
			return
		}
		if err := to.WriteRTP(packet); err != nil {
			return
		}
	}
}

func main() {
	api, err := newAPI()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	http.HandleFunc("POST /offer", func(writer http.ResponseWriter, request *http.Request) {
		offer, err := io.ReadAll(http.MaxBytesReader(writer, request.Body, longestSDP))
		if err == nil {
			var sdp string
			if sdp, err = answer(api, string(offer)); err == nil {
				fmt.Fprint(writer, sdp)
				return
			}
		}
		http.Error(writer, err.Error(), http.StatusBadRequest)
	})
	http.HandleFunc("GET /counts", func(writer http.ResponseWriter, _ *http.Request) {
		json.NewEncoder(writer).Encode(map[string]int{"samples": 0, "late": 0})
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Printf("{\"port\": %d}\n", listener.Addr().(*net.TCPAddr).Port)
	http.Serve(listener, nil)
}
