"""PyPI mcp as a server, for tests of Lango in front of it. The first line of the
output is its address."""

import contextlib
import socket

import uvicorn
from mcp.server import MCPServer

server = MCPServer("python", version="1")


@server.tool(description="Adds two numbers.")
def add(one: int, other: int) -> int:
    return one + other


def main():
    with contextlib.closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        print(f"http://127.0.0.1:{listener.getsockname()[1]}/mcp", flush=True)
        config = uvicorn.Config(server.streamable_http_app(), log_level="warning")
        uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
