# The echo server (TCP, port 6666): every byte goes back to its sender.
#
#   nsh run echo-server.nsh [PORT]
#
# test no-run

let port = arg(1, 6666)

listen tcp $port echo as srv
wait srv
