/** A function as it is written for AWS: appends what it gets to the file that the table's items name. */
import { appendFileSync } from 'node:fs';
import type { DynamoDBStreamHandler } from 'aws-lambda';

export const handler: DynamoDBStreamHandler = async (event, context) => {
  for (const { eventName, dynamodb } of event.Records) {
    const item = dynamodb?.NewImage ?? dynamodb?.OldImage;
    const line = {
      eventName,
      n: item?.['n']?.N,
      functionName: context.functionName,
      arn: context.invokedFunctionArn,
      hasTime: context.getRemainingTimeInMillis() > 0,
    };
    if (item?.['n']?.N === '666') throw new RangeError('a poison record');
    if (item?.['n']?.N === '667') process.exit(3);
    appendFileSync(String(item?.['file']?.S), `${JSON.stringify(line)}\n`);
  }
};
