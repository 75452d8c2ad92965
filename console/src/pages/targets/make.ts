// Making a target: PUT would replace one of the same id without a word, so it is looked for first.
import { type Schemas, api, ask } from '../../api/client';
import { Refusal } from '../../api/refusal';
import { type Form, useForm } from '../../ui/form';
import { canBeSetUp } from '../../targets/lack.ts';
import { NEW_TARGET, type TargetValues, bodyOf } from './values';

export function idFault(id: string): string | undefined {
  if (!canBeSetUp(id)) return 'It begins with flow_ or agent_; letters, digits, _ and - follow.';
  return id.length > 128 ? 'It has at most 128 characters.' : undefined;
}

export const put = (values: TargetValues) => ask(api.PUT('/v1/targets/{id}', { params: { path: { id: values.id } }, body: bodyOf(values) }));

async function isThere(id: string): Promise<boolean> {
  try {
    await ask(api.GET('/v1/targets/{id}', { params: { path: { id } } }));
    return true;
  } catch (thrown) {
    // A key that may only write is let through, as the API would.
    if (thrown instanceof Refusal && [403, 404].includes(thrown.status)) return false;
    throw thrown;
  }
}

/** The form of a target to be made; `id` is what it begins with. */
export function useNewTarget(onMade: (made: Schemas['Target']) => void, id = ''): Form<TargetValues> {
  return useForm({ ...NEW_TARGET, id }, async (values) => {
    const fault = idFault(values.id) ?? ((await isThere(values.id)) ? 'There is a target of this id already.' : undefined);
    if (fault) throw new Refusal(0, { error: 'The form has a fault.', details: [{ path: 'id', message: fault }] });
    onMade((await put(values)).target);
  });
}
