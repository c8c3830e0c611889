/** grpc.health.v1 asked from our side: one question, one deadline. */
import { credentials, makeClientConstructor, type ChannelOptions, type ServiceError } from '@grpc/grpc-js';
import { service as healthService } from 'grpc-health-check';
import { AntiphonError } from '../errors.ts';

const HealthClient = makeClientConstructor(healthService, 'Health');

export type HealthClient = {
  /** Errors: worker_lost when it does not answer in time or answers that it does not serve. */
  readonly check: (timeoutMs: number) => Promise<void>;
  readonly close: () => void;
};

export function createHealthClient(address: string, options: ChannelOptions): HealthClient {
  const client = new HealthClient(address, credentials.createInsecure(), options);
  type Check = (request: { service: string }, options: { deadline: number }, callback: (error: ServiceError | null, response?: { status: string }) => void) => void;
  return {
    check: (timeoutMs) => new Promise((resolve, reject) => {
      (client['check'] as Check).call(client, { service: '' }, { deadline: Date.now() + timeoutMs }, (cause, response) => {
        if (cause || response?.status !== 'SERVING') reject(new AntiphonError('worker_lost', 'The worker does not answer its health check.', { cause }));
        else resolve();
      });
    }),
    close: () => client.close(),
  };
}
