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

	"github.com/pion/webrtc/v4"

	"antiphon.example/interop/pion/stack"
)

const longestSDP = 64 << 10

// onLoopback keeps to the one interface that the benchmark uses.
func onLoopback(settings *webrtc.SettingEngine) {
	settings.SetInterfaceFilter(func(name string) bool { return name == "lo" })
}

func answer(api *webrtc.API, offer string) (string, error) {
	connection, err := api.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		return "", err
	}
	track, err := webrtc.NewTrackLocalStaticRTP(stack.Opus, "audio", "reflect")
	if err != nil {
		return "", err
	}
	sender, err := connection.AddTrack(track)
	if err != nil {
		return "", err
	}
	go stack.DrainRTCP(sender)
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
	api, err := stack.NewAPI(nil, onLoopback)
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
