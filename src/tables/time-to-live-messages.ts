/** The texts of errors about Time to Live, as DynamoDB words them. Source: public records of what it answered. */
export const TIME_TO_LIVE_MESSAGES = {
  enabled: 'TimeToLive is already enabled',
  disabled: 'TimeToLive is already disabled',
  otherAttribute: (current: string) =>
    `TimeToLive is active on a different AttributeName: current AttributeName is ${current}`,
  changedOften: 'Time to live has been modified multiple times within a fixed interval',
  /** Unlike other operations' texts in this state, without a colon and with the table's name in the middle. */
  beingCreated: (table: string) =>
    `Attempt to change a resource which is still in use: Table ${table} is being created`,
  notDescribed: (status: string) =>
    `Cannot describe time to live while table is in ${status} state: Current table state is ${status}`,
} as const;
