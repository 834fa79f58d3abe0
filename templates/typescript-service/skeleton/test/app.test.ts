import { afterEach, beforeEach, expect, test } from 'vitest';
import { createService, type Service } from '../src/app.ts';

let service: Service;

beforeEach(() => {
  service = createService();
});

afterEach(async () => {
  await service.app.close();
});

test('says hello', async () => {
  const response = await service.app.inject('/');

  expect(response.statusCode).toBe(200);
  expect(response.json()).toEqual({ message: 'hello' });
});

test('is ready when it is told to be', async () => {
  expect((await service.app.inject('/health/live')).statusCode).toBe(200);
  expect((await service.app.inject('/health/ready')).statusCode).toBe(503);

  service.setReady(true);

  expect((await service.app.inject('/health/ready')).statusCode).toBe(200);
});

test('counts requests by route', async () => {
  await service.app.inject('/');
  await service.app.inject('/nothing');

  const metrics = (await service.app.inject('/metrics')).body;

  expect(metrics).toContain(
    'http_request_duration_seconds_count{method="GET",route="/",status="200"} 1',
  );
  expect(metrics).not.toContain('nothing');
});
