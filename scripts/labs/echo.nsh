# The echo pair in one script: opens both ends and checks every byte, so it is a test as well.
#
#   nsh run echo.nsh

listen tcp 0 echo as srv      # port 0: any free port; $srv.port tells which
connect $srv as a
connect $srv as b

a: send "from a"
b: send x"00 01 fe ff"        # bytes are bytes
a: expect exactly "from a"
b: expect exactly x"00 01 fe ff"

a: send "the end"
a: shutdown                   # nothing more to say: the echo still comes back, then its end
a: expect "the end"
a: expect eof
b: expect nothing for 20ms    # b heard nothing of it
print "every byte came back to whoever sent it"
