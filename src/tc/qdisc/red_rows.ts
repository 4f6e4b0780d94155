/**
 * What a person gives of RED, the same for red and for the queues of sfq. The average size of packets, the burst and the bandwidth are
 * not kept: the kernel has logarithms that follow from them (red_parameters.ts), and these are what is compared.
 */
import { boolean, integer, size } from '../../schema/field.ts';
import { fraction } from '../../schema/kind_fields.ts';
import { type Disruption, field, type KernelOption, type OptionValues } from '../kind.ts';
import { type RedParameters, redParameters, smallestBurstPackets } from '../red_parameters.ts';

const LARGEST_THRESHOLD_BYTES = 2 ** 30;
export const INITIAL_AVERAGE_PACKET_BYTES = 1000;
export const INITIAL_PROBABILITY = 0.02;

/** Without a unit, which tc refuses for sfq. */
export function bytesWords(word: string): (bytes: number) => readonly string[] {
  return (bytes) => (bytes === 0 ? [] : [word, String(bytes)]);
}

/** What is not given follows from the limit. */
export function redRows(apply: Disruption) {
  return {
    minBytes: field<number>({
      apply,
      words: bytesWords('min'),
      uci: {
        name: 'min',
        field: size(1, LARGEST_THRESHOLD_BYTES),
        label: 'Lower threshold',
        help: 'Average queue from which packets are dropped or marked.',
        otherwise: 'a third of max',
        example: '30kb',
      },
    }),
    maxBytes: field<number>({
      apply,
      words: bytesWords('max'),
      uci: {
        name: 'max',
        field: size(1, LARGEST_THRESHOLD_BYTES),
        label: 'Upper threshold',
        help: 'Average queue at which the probability is reached.',
        otherwise: 'a quarter of the limit',
        example: '90kb',
      },
    }),
    averagePacketBytes: field<number>({
      apply,
      words: bytesWords('avpkt'),
      uci: {
        name: 'avpkt',
        field: size(1, 65535),
        label: 'Average packet',
        help: 'The usual size of packets.',
        otherwise: String(INITIAL_AVERAGE_PACKET_BYTES),
        example: '1000',
      },
    }),
    burstPackets: field<number>({
      apply,
      words: (packets) => ['burst', String(packets)],
      uci: {
        name: 'burst',
        field: integer(1, 1e6),
        label: 'Burst',
        help: 'How many packets may come at once before the average follows.',
        otherwise: 'worked out from min, max and avpkt',
        example: '55',
      },
    }),
    probability: field<number>({
      apply,
      words: (probability) => (probability === 0 ? [] : ['probability', String(probability)]),
      uci: {
        name: 'probability',
        field: fraction(),
        label: 'Largest probability',
        help: 'Probability of a drop or a mark at the upper threshold.',
        otherwise: String(INITIAL_PROBABILITY),
        example: '0.02',
      },
    }),
    ecn: flag('ecn', 'Mark with ECN', 'Mark packets of flows that know ECN instead of dropping them.', apply),
    hardDrop: flag('harddrop', 'Drop above max', 'Drop instead of marking when the average is above max.', apply),
    /** Wlog. */
    ewmaLog: field<number>({ apply, words: (log) => (log === 0 ? [] : ['ewma', String(log)]) }),
  };
}

/** A bit among RED's flags. */
export function flag(name: string, label: string, help: string, apply: Disruption): KernelOption<boolean> {
  return field<boolean>({
    initial: false,
    apply,
    words: (on) => (on ? [name] : []),
    uci: { name, field: boolean(), label, help, example: '1' },
  });
}

function given(value: OptionValues[string] | undefined): number | undefined {
  return typeof value === 'number' && value > 0 ? value : undefined;
}

/** What is sent for the rows, with a hard limit of `limitBytes`. */
export function redParametersOf(
  options: OptionValues,
  limitBytes: number,
): RedParameters & { averagePacketBytes: number } {
  const averagePacketBytes = given(options.averagePacketBytes) ?? INITIAL_AVERAGE_PACKET_BYTES;
  const parameters = redParameters({
    limitBytes,
    minBytes: given(options.minBytes),
    maxBytes: given(options.maxBytes),
    averagePacketBytes,
    burstPackets: given(options.burstPackets),
    probability: probabilityOf(options),
  });
  return { ...parameters, ewmaLog: given(options.ewmaLog) ?? parameters.ewmaLog, averagePacketBytes };
}

export function probabilityOf(options: OptionValues): number {
  return given(options.probability) ?? INITIAL_PROBABILITY;
}

/** What is wrong with the rows, with a hard limit called `limitName`. */
export function checkRed(options: OptionValues, limitBytes: number, limitName: string): readonly string[] {
  const { minBytes, maxBytes, ewmaLog, probabilityLog, averagePacketBytes } = redParametersOf(options, limitBytes);
  const wrong: string[] = [];
  if (maxBytes > limitBytes) wrong.push(`max must be at most ${limitName}`);
  if (minBytes >= maxBytes) wrong.push('min must be less than max');
  else if (minBytes < averagePacketBytes) wrong.push('min must be at least avpkt');
  else if (ewmaLog === undefined) {
    wrong.push(`burst must be at least ${smallestBurstPackets(minBytes, averagePacketBytes)} for this min and avpkt`);
  } else if (maxBytes * 2 ** ewmaLog >= 2 ** 32) wrong.push('burst is too large for this max');
  if (probabilityLog === undefined) wrong.push('probability is too small for this min and max');
  return wrong;
}
