# The filter with both of its servers in one script: a test of the `filter` lab, with one of the servers dying half way.
#
#   nsh run filter-check.nsh

listen tcp 0 as left
listen tcp 0 as right
relay 0 -> upper -> $left,$right as filter

connect $filter as client
client: sendln "un"
left: expect line "UN"
right: expect line "UN"

left: close                   # one of the two servers dies…
client: sendln "deux"
client: sendln "trois"
right: expect line "DEUX"     # …the other still gets every byte, in order
right: expect line "TROIS"
print "the other server got every byte"
