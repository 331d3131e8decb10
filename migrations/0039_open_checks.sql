-- Payments that are asked for again within the hour, apart from the month of the paid ones: what a clock that was ahead has
-- put off is looked for every minute.
create index payments_open_check on payments (next_check_at)
  where next_check_at is not null and status in ('pending', 'expired');
