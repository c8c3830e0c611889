/** GPU memory and load through the driver's own tool, where there is one; nothing where there is none. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Metrics } from './metrics.ts';

export type GpuReading = { readonly index: string; readonly name: string; readonly usedBytes: number; readonly totalBytes: number; readonly utilization: number };

const run = promisify(execFile);
const query = ['--query-gpu=index,name,memory.used,memory.total,utilization.gpu', '--format=csv,noheader,nounits'];

/** Empty where the machine has no NVIDIA driver. */
export async function readGpus(): Promise<readonly GpuReading[]> {
  try {
    const { stdout } = await run('nvidia-smi', query, { timeout: 3_000 });
    return parseGpuTable(stdout);
  } catch {
    return [];
  }
}

/** One line a GPU: index, name, MiB used, MiB in all, per cent busy. */
export function parseGpuTable(table: string): readonly GpuReading[] {
  return table.trim().split('\n').filter((line) => line.includes(',')).map((line) => {
    const [index = '', name = '', used, total, busy] = line.split(',').map((cell) => cell.trim());
    return { index, name, usedBytes: Number(used) * 1_048_576, totalBytes: Number(total) * 1_048_576, utilization: Number(busy) / 100 };
  });
}

export function reportGpus(metrics: Metrics, gpus: readonly GpuReading[]): void {
  for (const { index, usedBytes, totalBytes, utilization } of gpus) {
    metrics.gpuMemoryUsed.set({ gpu: index }, usedBytes);
    metrics.gpuMemoryTotal.set({ gpu: index }, totalBytes);
    metrics.gpuUtilization.set({ gpu: index }, utilization);
  }
}
