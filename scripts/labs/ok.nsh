# The OK server (TCP, port 14000): answers "OK ... " and what it was sent, to a thousand clients at once.
#
#   nsh run ok.nsh [PORT]
#
# test no-run

let port = arg(1, 14000)

listen tcp $port max=10000 as srv {
    on data {
        send "OK ... $data"
    }
}
wait srv
