// Starts the service as it will run, asks it over HTTP, and stops it as its platform will.
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { afterEach, expect, test } from 'vitest';

let service: ChildProcessByStdio<null, Readable, null>;

afterEach(() => {
  service.kill('SIGKILL');
});

test('starts, answers, drains and stops', async () => {
  service = spawn(process.execPath, ['dist/main.js'], {
    env: { ...process.env, HOST: '127.0.0.1', PORT: '0', DRAIN_SECONDS: '2' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = once(service, 'exit');
  const lines = createInterface({ input: service.stdout })[Symbol.asyncIterator]();

  /** The message of the next log line that holds this text. */
  async function waitFor(text: string): Promise<string> {
    for (;;) {
      const { done, value } = await lines.next();
      if (done) {
        throw new Error(`The log ended without "${text}".`);
      }
      const { msg } = JSON.parse(value) as { msg: string };
      if (msg.includes(text)) {
        return msg;
      }
    }
  }

  const address = /http:\S+/.exec(await waitFor('listening'))?.[0];
  const ready = () => fetch(`${address}/health/ready`).then((response) => response.status);
  expect(await (await fetch(`${address}/`)).json()).toEqual({ message: 'hello' });
  expect(await ready()).toBe(200);

  service.kill('SIGTERM');
  await waitFor('draining');
  expect(await ready()).toBe(503);

  await waitFor('stopped');
  expect(await exit).toEqual([0, null]);
});
