"""Twilio's face: a phone call as a media stream (Twilio, "Media Streams"). It has never met Twilio itself."""
