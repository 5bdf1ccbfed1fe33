"""A client or server on the library `websockets`: `client PORT` talks to an echo, `server PORT` is one that says first
what it was asked for, and closes with 4321 on `quit`."""

import asyncio
import sys

sys.path.append("/usr/lib/python3/dist-packages")
import websockets


async def client(port):
    uri = f"ws://127.0.0.1:{port}/"
    async with websockets.connect(uri, subprotocols=["other", "chat"], compression=None) as peer:
        print(peer.subprotocol)
        await peer.send("hello")
        print("text", await peer.recv())
        await peer.send(b"\x00\xff")
        print("binary", (await peer.recv()).hex())
        await peer.send(["x" * 1000] * 1000)
        print("long", len(await peer.recv()))
        await (await peer.ping())
        print("pong")
        await peer.close()
        print("closed", peer.close_code)


async def serve(peer):
    # What was asked for has moved from the connection to a request of its own in later versions.
    headers = peer.request_headers if hasattr(peer, "request_headers") else peer.request.headers
    path = peer.path if hasattr(peer, "path") else peer.request.path
    await peer.send(f"{path} {headers['X-Word']} {headers['Origin']}")
    async for message in peer:
        if message == "quit":
            await peer.close(4321, "as you like")
            return
        await peer.send(message)


async def server(port):
    async with websockets.serve(serve, "127.0.0.1", port, subprotocols=["chat"]) as listener:
        print("port", listener.sockets[0].getsockname()[1])
        await asyncio.Future()


asyncio.run({"client": client, "server": server}[sys.argv[1]](int(sys.argv[2])))
