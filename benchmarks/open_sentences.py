"""What callers say beyond the script.

`OPEN` is general English, and so is `SHORT`. `FREE` is salon talk in other phrasings: seen once, when the share of everyday words
was chosen. `LAST` was written when the model was finished; nothing was changed after it was first heard. All by the hand that wrote
the tables of the model.
"""

OPEN = tuple(
    """
the train was late because of the snow on the line
my sister told me about you last summer
i lost my keys somewhere near the station
we are going to a wedding in the country
she said the music was far too loud
there was a strange noise in the kitchen last night
i have never been to this part of the town before
the children were playing in the garden all afternoon
it depends on what my husband wants to do
the parcel never arrived at our house
could you tell me the way to the library
he works for a company that makes windows
i was wondering whether you could help me with something
the doctor told me to avoid strong chemicals
i have very sensitive skin and i am allergic to nuts
last time the water was too hot
my daughter is getting married in the spring
i think somebody left a message on my machine
the old man walked slowly across the bridge
you were closed when i came by yesterday
""".strip().splitlines()
)

SHORT = tuple(
    """
get lost
my dog is sick
i lost my keys
the car is red
last time the water was too hot
who are you
call me later
i hate this
what a lovely house
turn the music down
she left me
the train was late
where do you live
do you like cats
it is raining here
my mother says hello
the door is open
he broke his leg
i want a pizza
what is the weather like
can you hear the birds
my phone is broken
the kids are asleep
wait a minute please
i am at the station
sorry wrong number
is this the police
my house is on fire
send me a taxi
how old are you
tell me a joke
i feel sick
the coffee is cold
where is my order
i forgot my password
the internet is down
please stop talking
good grief
no way
never mind that
""".strip().splitlines()
)

FREE = tuple(
    """
would it be possible to see {person:maria} {date:next thursday} {time:at half past four}
i was hoping to come in for {service:a manicure} sometime {date:on friday}
so i need my hair done can i have {service:highlights}
let's say {date:monday the thirtieth of november} {time:at quarter to eleven}
put me down for {time:twelve thirty} then
{date:the second of january} would suit me best
i could do {date:wednesday} {time:at five fifteen} or so
{person:daniel} did it last time can i have him again
no wait i'd rather have {service:a pedicure}
could we say {date:the nineteenth} instead
oh sorry that should be {time:ten past nine}
write down {name:jessica turner} please
the booking is for {name:peter evans}
{name:michelle wood} is my name
i'm called {name:luke foster}
take this number down {digits:oh seven nine one one two three four five six seven}
{digits:three four seven five five five zero one eight oh}
the best number is {digits:zero two zero seven nine four six zero one one two}
you want {digits:nine one seven five five five oh one six three}
{digits:oh seven four double six one double nine two three four}
{answer:yeah} that's perfect thanks
{answer:no} that isn't what i said
{answer:yes} please go ahead and book it
is there anything free {date:this friday} {time:after six}
what would {service:full colour} cost me
""".strip().splitlines()
)

LAST = tuple(
    """
good afternoon i'd love {service:a blow dry} {date:on saturday} {time:at eleven} if you have space
could {person:chloe} fit me in {date:tomorrow} {time:at four fifteen} for {service:highlights}
i'm after {service:a cut and blow dry} {date:next monday} {time:morning}
my wife wants {service:a facial} {date:on the tenth of december} {time:at one o'clock}
{date:wednesday} is better for me
i finish work at five so {time:half past five}
the earliest on {date:the second of december} please
sorry not then {date:sunday} {time:at ten thirty}
with {person:daniel} as usual
my full name is {name:rebecca morris}
you should have me down as {name:steven price}
{name:anna fisher}
it's a mobile {digits:oh seven eight double five nine two three one zero six}
yeah it's {digits:seven one eight five five five oh one seven four}
{digits:zero one two one four nine six oh eight two three}
{digits:five five five zero one six seven}
{answer:yes} that all sounds right to me
{answer:no} i wanted {service:a gel manicure}
what do you charge for {service:a beard trim}
are you free {date:the day after tomorrow} {time:around three}
""".strip().splitlines()
)
