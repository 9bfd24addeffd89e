/** Of a room, °C. */
const room = 22
/** How fast a sensor takes the temperature of the room, and of the skin again, s: a plastic case with its battery. */
const coolingTau = 420
const warmingTau = 150

/** A thermometer on the skin: follows the body at once, and the room when it lies there. Call it once a second, °C. */
export function thermometer(start: number): (body: number, away: boolean) => number {
  let reading = start
  let worn = true
  return (body, away) => {
    if (away) {
      worn = false
      reading += (room - reading) * (1 - Math.exp(-1 / coolingTau))
    } else if (worn) {
      reading = body
    } else {
      reading += (body - reading) * (1 - Math.exp(-1 / warmingTau))
      worn = Math.abs(body - reading) < 0.05
    }
    return reading
  }
}
