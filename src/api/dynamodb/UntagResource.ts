import type { UntagResourceInput } from '@aws-sdk/client-dynamodb';
import { validationError } from '../../foundation/errors.ts';
import { parseTagKeys } from '../../tables/parse-tags.ts';
import { TAG_MESSAGES } from '../../tables/tag-messages.ts';
import type { Operation } from '../operation.ts';
import { changeTagsOf, validateTaggedArn } from '../tagged-table.ts';

/** Removes tags from a table; those that it doesn't have are no error. Source: API reference, UntagResource. */
export const UntagResource: Operation<UntagResourceInput> = {
  name: 'UntagResource',

  async run(context, { ResourceArn: arn = '', TagKeys: keys = [] }) {
    validateTaggedArn(context, arn);
    if (keys.length === 0) throw validationError(TAG_MESSAGES.noKey);
    await changeTagsOf(context, arn, { put: [], removedKeys: parseTagKeys(keys) });
    return {};
  },
};
