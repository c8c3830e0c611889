import { describe, expect, it } from 'vitest';
import { parseGpuTable, reportGpus } from './gpu.ts';
import { createMetrics } from './metrics.ts';

const table = '0, NVIDIA L4, 5123, 23034, 37\n1, NVIDIA L4, 0, 23034, 0\n';

describe('GPU readings', () => {
  it('come from the driver\'s table in bytes and ratios', () => {
    expect(parseGpuTable(table)).toEqual([
      { index: '0', name: 'NVIDIA L4', usedBytes: 5_123 * 1_048_576, totalBytes: 23_034 * 1_048_576, utilization: 0.37 },
      { index: '1', name: 'NVIDIA L4', usedBytes: 0, totalBytes: 23_034 * 1_048_576, utilization: 0 },
    ]);
  });

  it('are nothing where the driver says nothing', () => {
    expect(parseGpuTable('')).toEqual([]);
    expect(parseGpuTable('No devices were found\n')).toEqual([]);
  });

  it('are in the metrics, one series a card', async () => {
    const metrics = createMetrics();
    reportGpus(metrics, parseGpuTable(table));
    const text = await metrics.registry.metrics();
    expect(text).toContain('antiphon_gpu_utilization_ratio{gpu="0"} 0.37');
    expect(text).toContain('antiphon_gpu_memory_total_bytes{gpu="1"}');
  });
});
