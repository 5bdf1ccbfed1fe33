# The filter (TCP, from port 12000 to ports 13000 and 14000).
#
# What a client sends to 12000 is put in upper case and delivered to both servers, every byte, in order. A server that
# is dead from the start, or dies half way, is reported and left out; the other one goes on.
#
#   nsh run filter.nsh [PORT [FIRST [SECOND]]]
#
#   nc -l 13000 &   nc -l 14000 &   echo bonjour | nc localhost 12000
#
# test no-run

let port = arg(1, 12000)
let first = arg(2, 13000)
let second = arg(3, 14000)

relay $port -> upper -> $first,$second as filter
wait filter
