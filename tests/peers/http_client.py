"""Asks a server at PORT on one kept connection, request by request: METHOD PATH [BODY], a line each of its input; tells
the status and the content of each answer."""
import http.client
import sys

connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=30)
for line in sys.stdin:
    method, path, *body = line.split()
    try:
        connection.request(method, path, body=body[0] if body else None, headers={"X-Asked": "yes"})
        answer = connection.getresponse()
        print(answer.status, answer.read().decode(), flush=True)
    except (http.client.HTTPException, OSError) as error:
        print(type(error).__name__, flush=True)
        connection.close()
