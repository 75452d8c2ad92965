// The words that stand for a conversation.

/** What a conversation is called: its name, else how it began. */
export function titleOf({ name, firstMessage }: { name: string | null; firstMessage: string | null }): string {
  return name?.trim() || firstMessage?.trim() || 'Without words';
}
