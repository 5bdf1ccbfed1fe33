# The upper-case server (TCP, port 14000).
#
# Whatever a client sends is displayed and goes back in upper case. Any number of clients at once, messages of any
# length: a message is whatever arrives, and every byte of it is answered.
#
#   nsh run upper.nsh [PORT]          try it with:  nc localhost 14000
#
# test no-run

let port = arg(1, 14000)

listen tcp $port as srv {
    on data {
        print "$peer: $data"
        send upper($data)
    }
}

# The shorter form, without the display, is one line:  listen tcp 14000 upper
wait srv
