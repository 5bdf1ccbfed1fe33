# The web server (TCP, port 8080): a page with its stylesheet and picture, for a real browser.
#
# Each request is told in a line. What is not beneath the folder cannot be asked for.
#
#   nsh run sioux.nsh [FOLDER] [PORT]          look at http://localhost:8080/
#
# test no-run

let folder = arg(1, "scripts/labs/sioux")
let port = arg(2, 8080)

serve http $folder $port as sioux
wait sioux
