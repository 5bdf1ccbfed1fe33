# The echo client (TCP, port 6666): sends a message, checks that what comes back is what it sent, says so and ends.
#
# A reply that differs, or stops short, is an error that shows the first byte that differs.
#
#   nsh run echo-client.nsh [MESSAGE [HOST [PORT]]]
#
# test no-run

let message = arg(1, "Bonjour, écho !")
let host = arg(2, "localhost")
let port = arg(3, 6666)

connect $host $port as server
send $message
expect echo within 5s  # exactly the bytes that were sent last
print "The echo is what was sent: ${len($message)} bytes"
close
