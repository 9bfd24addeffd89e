import { scenarioSchema, type Scenario } from '../../../simulators/scenario.ts'

/**
 * A day of one wearer in which everything happens that the simulator knows, again and again at periods that have no common
 * measure, over a link with every fault: for what must hold of every alarm. Simulated; nobody lives like this.
 */
export function eventfulDay(seed: number, hours = 24): Scenario {
  return scenarioSchema.parse({
    seed,
    length: `${hours}h`,
    wearers: [
      {
        wearer: 'w-01',
        device: 'sim-01',
        known: '48h',
        events: [
          { kind: 'tachycardia', at: '7m', for: '50s', toPerMinute: 150, every: '83m' },
          { kind: 'desaturation', at: '22m', for: '50s', toPercent: 82, every: '97m' },
          { kind: 'lead-off', at: '35m', for: '60s', every: '131m' },
          { kind: 'silence', at: '48m', for: '25s', every: '149m' },
          { kind: 'walk', at: '53m', for: '3m', every: '101m' },
          { kind: 'asystole', at: '61m', for: '20s', every: '5h07m' },
          { kind: 'fall', at: '70m', for: '60s', every: '4h13m' },
          { kind: 'convulsion', at: '79m', for: '90s', every: '7h11m' },
          { kind: 'ventricular-run', at: '91m', for: '10s', beats: 18, perMinute: 170, every: '3h37m' },
          { kind: 'off-body', at: '103m', for: '6m', reportsPerMinute: 72, tells: false, every: '6h17m' },
          { kind: 'stairs', at: '2h02m', for: '3m', toPerMinute: 165, every: '5h41m' },
          { kind: 'atrial-fibrillation', at: '2h40m', for: '15m', every: '8h19m' },
          { kind: 'fever', at: '10h', for: '4h', toCelsius: 39.5 },
        ],
        transport: [
          { kind: 'clock-drift', ppm: 120 },
          { kind: 'jitter', upTo: '300ms' },
          { kind: 'duplicate', probability: 0.02 },
          { kind: 'reorder', probability: 0.03, distance: 8 },
          { kind: 'loss', probability: 0.0005 },
          { kind: 'bursts', at: '4h', for: '30m', every: '40s', hold: '5s' },
          { kind: 'disconnect', at: '6h21m', for: '5m', keeps: true },
          { kind: 'clock-step', at: '8h', by: '10m' },
          { kind: 'reboot', at: '15h', for: '8s' },
          { kind: 'disconnect', at: '18h06m', for: '3m', keeps: false },
        ],
      },
    ],
  })
}
