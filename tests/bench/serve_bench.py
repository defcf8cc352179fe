"""The server under many clients: serve_bench.py CHUNKMARK [SECONDS] [PAUSE_MS]

200 clients list, search and open runs, each with a pause between two requests (default: 100 ms), for a minute, while 50 listen
to events and 100 do nothing; a run appears every second. Everything stays on 127.0.0.1. Prints what was asked, the times
to whole answers, the processor's time; status 1 for any error, or if the 99th percentile of lists is over 100 ms. The
clients share the machine with the server: their own processor's time is in the figures.
"""

import asyncio
import pathlib
import random
import resource
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "server"))
seconds = float(sys.argv.pop(2)) if len(sys.argv) > 2 else 60.0
pause = float(sys.argv.pop(2)) / 1000 if len(sys.argv) > 2 else 0.1
from served import Server  # noqa: E402 (takes the program from the arguments)

kRuns, kClients, kListeners, kIdle, kMaxMs = 10_000, 200, 50, 100, 100


async def ask(reader, writer, path):
    """Asks over a connection that stays; raises unless the answer is whole and good."""
    writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: zstd\r\n\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(f"{path}: {head[:40]!r}")
    length = next(int(line[16:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length: "))
    await reader.readexactly(length)


async def client(port, until, times, errors, generator):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while time.monotonic() < until:
        number = generator.randrange(kRuns)
        kind, path = generator.choice(
            [
                ("list", "/api/v1/runs"),
                ("list", f"/api/v1/runs?page={1 + number // 100}"),
                ("list", f"/api/v1/runs?query=run-{number:05}"),
                ("open", f"/runs/run-{number:05}/run.json"),
                ("open", "/run.html"),
            ]
        )
        began = time.monotonic()
        try:
            await ask(reader, writer, path)
            times[kind].append(1000 * (time.monotonic() - began))
        except (OSError, RuntimeError, asyncio.IncompleteReadError) as error:
            errors.append(repr(error))
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.sleep(generator.uniform(0.5, 1.5) * pause)
    writer.close()


async def listener(port, heard):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /api/v1/runs/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
    async for line in reader:
        heard[0] += line == b"event: run\n"


async def appearing(server, until):
    added = 0
    while time.monotonic() < until - 3:
        server.add_run(f"new-{added}", created=f"2027-01-01T00:{added // 60 % 60:02}:{added % 60:02}Z")
        added += 1
        await asyncio.sleep(1)
    return added


async def load(server):
    times, errors, heard = {"list": [], "open": []}, [], [0]
    idle = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(kIdle)]
    listeners = [asyncio.create_task(listener(server.port, heard)) for _ in range(kListeners)]
    await asyncio.sleep(0.5)
    until = time.monotonic() + seconds
    clients = [client(server.port, until, times, errors, random.Random(i)) for i in range(kClients)]
    added, *_ = await asyncio.gather(appearing(server, until), *clients)
    await asyncio.sleep(2)
    for task in listeners:
        task.cancel()
    del idle
    if heard[0] != added * kListeners:
        errors.append(f"{kListeners} listeners heard {heard[0]} events of {added} runs")
    return times, errors


def main():
    server = Server()
    for number in range(kRuns):
        server.add_run(f"run-{number:05}", created=f"2026-01-{1 + number % 28:02}T00:00:00Z")
    with server:
        times, errors = asyncio.run(load(server))
        used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
        stat = pathlib.Path(f"/proc/{server.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        served = (int(stat[11]) + int(stat[12])) / 100
        peak = [line for line in pathlib.Path(f"/proc/{server.process.pid}/status").read_text().splitlines()]
        peak = next(line.split()[1] for line in peak if line.startswith("VmHWM"))
    asked = sum(map(len, times.values()))
    print(f"{asked} requests in {seconds:.0f} s of {kClients} clients, {kRuns} runs; {len(errors)} errors")
    for kind, each in times.items():
        each.sort()
        shown = "  ".join(
            f"{name} {each[int(part * (len(each) - 1))]:.1f}"
            for name, part in [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("max", 1)]
        )
        print(f"{kind:5} ms  {shown}")
    print(f"processor: server {served:.1f} s, clients {used:.1f} s; server's peak {int(peak) / 1000:.0f} MB")
    for error in errors[:5]:
        print(error)
    return 1 if errors or times["list"][int(0.99 * (len(times["list"]) - 1))] > kMaxMs else 0


if __name__ == "__main__":
    sys.exit(main())
