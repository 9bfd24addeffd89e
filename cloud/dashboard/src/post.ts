/** Sends a change to the server and gives its answer. @throws with what the server said */
export async function post<Answer>(path: string, body: object): Promise<Answer> {
  const response = await fetch(`./api/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const answer = (await response.json()) as Answer & { detail?: string }
  if (!response.ok) throw new Error(answer.detail ?? String(response.status))
  return answer
}
