# The UDP server that displays (port 8888): each datagram with its sender. An empty datagram is a datagram.
#
#   nsh run udp-print.nsh [PORT]          try it with:  nc -u localhost 8888
#
# test no-run

let port = arg(1, 8888)

listen udp $port as srv {
    on datagram {
        print "$peer (${len($datagram)} B): $datagram"
    }
}
wait srv
