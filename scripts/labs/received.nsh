# One message for each connection (TCP, port 6666): shows it with its sender, closes, waits again.
# A message that begins with `quit` ends the server.
#
#   nsh run -q received.nsh [PORT]          try it with:  telnet localhost 6666
#
# test no-run

let port = arg(1, 6666)

print "Waiting..."
listen tcp $port as srv {
    on data {
        print "Received ${trim($data)}\n  from ('$peer.host', $peer.port)"
        if $data starts "quit" {
            print "Quitting"
            stop srv
        } else {
            print "Waiting..."
        }
        close
    }
}
wait srv
