// WebKitGTK's browser by its WebDriver, on a display of its own: what the tests of other browsers need of it, as
// Playwright has it for Firefox.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';

const kWait_ms = 120_000;

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export async function launchWebKit() {
  const port = await freePort();
  // xvfb-run finds a display that is free, and ends it with the driver.
  const driver = spawn('xvfb-run', ['-a', 'WebKitWebDriver', `--port=${port}`], { stdio: 'ignore', detached: true });
  const ask = async (method, path, body) => {
    const options = { method, body: body && JSON.stringify(body) };
    const { value } = await (await fetch(`http://127.0.0.1:${port}${path}`, options)).json();
    if (value?.error) throw new Error(`${value.error}: ${value.message}`);
    return value;
  };
  const end = () => {
    try {
      process.kill(-driver.pid);
    } catch {
      // it has ended
    }
  };
  process.once('exit', end);
  const until = Date.now() + kWait_ms;
  let session;
  while (!session) {
    assert.ok(Date.now() < until && driver.exitCode === null, 'WebKitWebDriver does not answer');
    session = await ask('POST', '/session', { capabilities: { alwaysMatch: {} } }).catch(() => null);
    if (!session) await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const at = `/session/${session.sessionId}`;
  await ask('POST', `${at}/timeouts`, { script: kWait_ms, pageLoad: kWait_ms });
  return {
    version: () => `WebKitGTK ${session.capabilities.browserVersion}`,
    goto: (url) => ask('POST', `${at}/url`, { url }),
    async evaluate(body, given) {
      const script = `const done = arguments[1];
        (async () => (${body})(arguments[0]))().then((value) => done({ value }), (error) => done({ error: String(error) }));`;
      const { value, error } = await ask('POST', `${at}/execute/async`, { script, args: [given ?? null] });
      if (error) throw new Error(error);
      return value;
    },
    async close() {
      await ask('DELETE', at).catch(() => undefined);
      end();
    },
  };
}
