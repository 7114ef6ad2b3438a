"""Between speech and values: dates, times, numbers, phones, names, answers. Pure: now and zone are arguments."""
