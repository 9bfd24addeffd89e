import type { Alarm } from '../messages.ts'
import { KeyedState, plainState } from '../state/keyedState.ts'

/** Who took a wearer or device out of service, and why; empty: it is in service. */
export type Service = Partial<NonNullable<Alarm['outOfService']>>

/** By `wearer/<id>` and `device/<id>`. */
export const outOfServiceStates = (): KeyedState<Service> =>
  new KeyedState(plainState<Service>('out-of-service', 1, () => ({})))

/** Who took a wearer or device out of service; undefined: it is in service. */
export function outOfService(
  services: KeyedState<Service>,
  kind: 'wearer' | 'device',
  id: string,
): Alarm['outOfService'] {
  const { by, why, at } = services.peek(`${kind}/${id}`) ?? {}
  return by === undefined || why === undefined || at === undefined ? undefined : { by, why, at }
}
