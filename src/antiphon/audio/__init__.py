"""Numbers about sound: levels, edges of speech, WAV. Pure; numpy only."""
