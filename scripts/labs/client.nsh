# The client of a one-question server (TCP, port 14000).
#
# Asks for a sentence, sends it, shows what comes back and closes.
# The sentence may also be piped in:  echo bonjour | nsh run client.nsh
#
#   nsh run client.nsh [HOST [PORT]]
#
# test no-run

let host = arg(1, "localhost")
let port = arg(2, 14000)

ask "Input lowercase sentence: " as sentence

connect $host $port as server
send $sentence
shutdown  # that was all: the server sees the end, and can still answer
recv all as reply
print "From Server: $reply"
close
