/** The real application with its real companion, whose models say what a test wrote down: for what is said on the wire. */
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { loadConfig } from '../../src/config/load-config.ts';
import { registerSessionRoutes } from '../../src/http/api/sessions.ts';
import { createApp } from '../../src/http/app.ts';
import { registerRoseHealth } from '../../src/http/rose/health.ts';
import { registerReplyAudio } from '../../src/http/rose/reply-audio.ts';
import { registerRoseVoice } from '../../src/http/rose/voice.ts';
import { createSilentLogger } from '../../src/telemetry/logger.ts';
import type { HealthCheck } from '../../src/telemetry/health.ts';
import { openCompanionRoom, type CompanionRoom, type CompanionRoomOptions } from '../support/companion-room.ts';

export type CompanionApp = {
  readonly url: string;
  readonly room: CompanionRoom;
  /** States of what a conversation leans on; change it as the test goes. */
  readonly services: Record<string, HealthCheck>;
  readonly close: () => Promise<void>;
};

export async function startCompanionApp(options: CompanionRoomOptions = {}): Promise<CompanionApp> {
  const room = await openCompanionRoom(options);
  const { config } = loadConfig({ environment: {} });
  const services: Record<string, HealthCheck> = {};
  const conversing = {
    ...room.companion,
    owner: 'local',
    stallTimeoutMs: 60_000,
    uploads: { folder: join(room.dataDir, 'uploads'), maxBytes: config.companion.maxUploadBytes, stallTimeoutMs: 60_000, filePart: 'audio', maxBytesSetting: 'companion.maxUploadBytes' },
  };
  const app = await createApp({
    server: config.server,
    metrics: room.metrics,
    log: createSilentLogger(),
    closeAtOnce: AbortSignal.abort(),
    routes: [
      (given) => registerSessionRoutes(given, conversing),
      (given) => registerRoseVoice(given, conversing),
      (given) => registerReplyAudio(given, conversing),
      (given) => registerRoseHealth(given, { version: '1.2.3', services: () => services }),
    ],
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  return {
    url: `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`,
    room,
    services,
    close: async () => {
      await app.close();
      await room.close();
    },
  };
}
