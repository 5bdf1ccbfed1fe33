# The upper-case server and two of its clients in one script: a test of the `upper` lab.
#
#   nsh run upper-check.nsh

listen tcp 0 upper as srv
connect $srv as first
connect $srv as second

first: send "bonjour"
second: send "ça va ?"
second: expect exactly "ÇA VA ?"
first: expect exactly "BONJOUR"

first: close
connect $srv as third         # one after another is as good as at once
third: send "encore"
third: expect exactly "ENCORE"
print "three clients were answered in upper case"
