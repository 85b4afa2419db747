#!/usr/bin/env python3
"""Generates the dialogues the starter model is trained and measured on.

Every example of the four measured tasks is a *combination* of values (who, what, where, the two
summands, ...). A hash of the combination alone decides whether it belongs to `train` or to
`heldout`, so no seed and no template can make one split emit a combination of the other.

    corpus.py --seed 1 --count 1000 --split train > train.jsonl
"""
from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
from typing import Callable

import smalltalk
import words as W

TASKS = ("extract", "sum", "note", "tool")
HELDOUT_ONE_IN = 8
Pair = tuple[str, str]


def is_heldout(key: tuple) -> bool:
    """The split of a combination; letter case must not move it."""
    text = "|".join(str(part) for part in key).casefold()
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") % HELDOUT_ONE_IN == 0


def compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


class World:
    """Draws values. `lower` imitates somebody who types without capital letters."""

    ONSETS = ("b c d f g h j k l m n p r s t v w z br cr dr fl gr kl pr sh st tr th ch sk bl qu "
              "y").split()
    VOWELS = "a e i o u a e i o ai ea ia io ou ee".split()
    CODAS = [""] * 12 + "n r s l m t k x nd rt sh ck".split()

    follow = 0.2  # the chance of one more question about a note, in training

    def __init__(self, rng: random.Random, heldout: bool) -> None:
        self.rng, self.heldout, self.lower = rng, heldout, False

    def pick(self, items):
        return self.rng.choice(items)

    def chance(self, p: float) -> bool:
        return self.rng.random() < p

    def case(self, text: str) -> str:
        return text.lower() if self.lower else text

    def made_up(self) -> str:
        count = self.rng.choice((1, 2, 2, 2, 3))
        text = "".join(self.pick(self.ONSETS) + self.pick(self.VOWELS) + (
            self.pick(self.CODAS) if i == count - 1 or self.chance(0.15) else "")
            for i in range(count))
        return text.capitalize()

    def name(self) -> str:
        # Invented names keep the model copying instead of remembering.
        text = self.pick(W.FIRST_NAMES) if self.chance(0.55) else self.made_up()
        if self.chance(0.08):
            text += " " + self.made_up()
        return self.case(text)

    def city(self) -> str:
        return self.case(self.pick(W.CITIES) if self.chance(0.6) else self.made_up())

    def time(self) -> str:
        minute = self.pick((0, 0, 0, 15, 30, 30, 45, 5 * self.rng.randrange(12),
                            self.rng.randrange(60)))
        return f"{self.rng.randrange(6, 24)}:{minute:02d}"

    def said_time(self) -> Pair:
        """A time as said and as written in an answer."""
        if self.chance(0.15):
            hour = self.rng.randrange(1, 12)
            half = self.pick(("am", "pm"))
            said = f"{hour}{self.pick(('', ' '))}{half}"
            return said, f"{hour + (12 if half == 'pm' else 0)}:00"
        time = self.time()
        return time, time

    def item(self) -> Pair:
        """An item and the verb that agrees with it."""
        word = self.pick(W.ITEMS)
        return word.lstrip("+"), "are" if word.startswith("+") else "is"

    def errand(self) -> str:
        return f"{self.pick(W.ERRAND_VERBS)} {self.pick(W.ERRAND_NOUNS)}"

    def message(self) -> str:
        return self.case(self.pick(W.MESSAGES).format(
            day=self.pick(W.DAYS), time=self.time(), item=self.item()[0], city=self.city(),
            container=self.pick(W.CONTAINERS), name=self.name()))


# --- extraction to JSON ------------------------------------------------------------------------

def bare(activity: str) -> str:
    return activity.split(" ", 1)[1] if activity.startswith(("a ", "an ")) else activity


def extract_appointment(w: World) -> tuple[tuple, str, str, str]:
    said_what, who, day = w.pick(W.ACTIVITIES), w.name(), w.pick(W.DAYS + ["today", "tomorrow"])
    said_time, time = w.said_time()
    if w.chance(0.15):
        place, where = None, ""
    elif w.chance(0.55):
        place = w.city()
        where = f" in {place}"
    else:
        place = w.pick(W.VENUES)
        where = f" at the {place}"
    on = day.lower() if day in ("today", "tomorrow") else f"on {w.case(day)}"
    what = bare(said_what)
    text = w.pick((
        f"{what[0].upper()}{what[1:]} with {who} {on} at {said_time}{where}.",
        f"{what[0].upper()}{what[1:]} with {who}{where} {on} at {said_time}.",
        f"I have {said_what} with {who} {on} at {said_time}{where}.",
        f"I am meeting {who} for {said_what}{where} {on} at {said_time}.",
        f"{on[0].upper()}{on[1:]} at {said_time}, {what} with {who}{where}.",
        f"There is {said_what} with {who}{where} {on} at {said_time}.",
    ))
    fields = {"what": what, "who": who, "day": day, "time": time, "place": place}
    return (what, who, day, time, place), "appointment", text, compact(fields)


def extract_trip(w: World) -> tuple[tuple, str, str, str]:
    start, end, day = w.city(), w.city(), w.pick(W.DAYS + ["today", "tomorrow"])
    by = w.pick(("train", "bus", "flight", "boat"))
    said_time, time = w.said_time()
    on = day.lower() if day in ("today", "tomorrow") else f"on {w.case(day)}"
    text = w.pick((
        f"{by.capitalize()} from {start} to {end} {on} at {said_time}.",
        f"I take the {by} from {start} to {end} {on} at {said_time}.",
        f"The {by} to {end} leaves {start} {on} at {said_time}.",
        f"My {by} from {start} to {end} is {on} at {said_time}.",
    ))
    fields = {"by": by, "from": start, "to": end, "day": day, "time": time}
    return (by, start, end, day, time), "trip", text, compact(fields)


def extract_contact(w: World) -> tuple[tuple, str, str, str]:
    name, city, job = w.name(), w.city(), w.pick(W.JOBS)
    phone = "".join(str(w.rng.randrange(10)) for _ in range(6))
    article = "an" if job[0] in "aeiou" else "a"
    text = w.pick((
        f"{name} is {article} {job} in {city}, phone {phone}.",
        f"{name} lives in {city} and works as {article} {job}. The phone number is {phone}.",
        f"Phone {phone}, {name}, {job}, {city}.",
        f"My {job} is {name} from {city}, call {phone}.",
    ))
    fields = {"name": name, "job": job, "city": city, "phone": phone}
    return (name, job, city, phone), "contact", text, compact(fields)


def extract_expense(w: World) -> tuple[tuple, str, str, str]:
    said_item, shop = w.pick(W.GOODS), w.case(w.pick(W.SHOPS) if w.chance(0.5) else w.made_up())
    amount, day = w.rng.randrange(2, 400), w.pick(W.DAYS + ["yesterday", "today"])
    on = day if day in ("today", "yesterday") else f"on {w.case(day)}"
    unit = w.pick(("euros", "euros", "dollars", "pounds"))
    text = w.pick((
        f"I paid {amount} {unit} for {said_item} at {shop} {on}.",
        f"Bought {said_item} at {shop} for {amount} {unit} {on}.",
        f"{on[0].upper()}{on[1:]} I spent {amount} {unit} on {said_item} at {shop}.",
        f"{amount} {unit} for {said_item} at {shop} {on}.",
    ))
    fields = {"item": bare(said_item), "amount": amount, "currency": unit, "shop": shop,
              "day": day}
    return (bare(said_item), amount, unit, shop, day), "expense", text, compact(fields)


EXTRACTORS: list[Callable] = [extract_appointment] * 4 + [
    extract_trip, extract_trip, extract_contact, extract_expense, extract_expense]
EXTRACT_ASKS = (
    "Extract the {k} as JSON: {t}", "Extract the {k} as JSON: {t}", "Turn this {k} into JSON: {t}",
    "Turn this into JSON: {t}", "Give me this {k} as JSON: {t}", "Write this as JSON: {t}",
    "{K} as JSON: {t}", "JSON please: {t}", "Extract JSON: {t}", "Convert to JSON: {t}",
    "Make JSON from this {k}: {t}", "{t} Extract the {k} as JSON.", "{t} Give me that as JSON.",
    "Extract the {k} as JSON:\n{t}", "Read the {k} and answer in JSON.\n{t}",
)


def extract(w: World) -> tuple[tuple, list[Pair]]:
    key, kind, text, answer = w.pick(EXTRACTORS)(w)
    ask = w.pick(EXTRACT_ASKS)
    prompt = ask.format(k=kind, K=kind.capitalize(), t=text)
    # A capital inside a value must stay, only the first letter of an instruction may change.
    return (kind, *key), [(style(w, prompt, lower_first=not ask.startswith("{t}")), answer)]


# --- sums ----------------------------------------------------------------------------------------

def sum_answer(a: int, b: int) -> str:
    """Units first with the carry spelled out: each step is a small table look-up."""
    units = a % 10 + b % 10
    text = f"{a % 10}+{b % 10}={units}"
    if a > 9 or b > 9:
        tens, carry = a // 10 + b // 10, units // 10
        text += f", {a // 10}+{b // 10}{'+1' if carry else ''}={tens + carry}"
    return f"{text}, so {a} + {b} = {a + b}."


SUM_ASKS = (
    "What is {a} + {b}?", "What is {a} + {b}?", "What is {a} plus {b}?", "How much is {a} + {b}?",
    "How much is {a} plus {b}?", "Add {a} and {b}.", "Calculate {a} + {b}.", "Compute {a} + {b}.",
    "{a} + {b}", "{a}+{b}", "{a} + {b} = ?", "{a}+{b}=", "{a} + {b} =", "{a}+{b}?",
    "What's {a}+{b}?", "What is the sum of {a} and {b}?", "Sum of {a} and {b}?",
    "Can you add {a} and {b}?", "Add {b} to {a}.", "I have {a} {i} and get {b} more. How many?",
)
SUM_FOLLOW = ("And {a} + {b}?", "And {a} plus {b}?", "Now {a} + {b}.", "What about {a} + {b}?",
              "and {a}+{b}", "{a} + {b}?")


def summands(w: World) -> tuple[int, int]:
    if not w.heldout and w.chance(0.15):
        a, b = w.rng.randrange(10), w.rng.randrange(100)
        return (a, b) if w.chance(0.5) else (b, a)
    return w.rng.randrange(10, 100), w.rng.randrange(10, 100)


def sum_key(a: int, b: int) -> tuple:
    return min(a, b), max(a, b)  # 38 + 47 must not give 47 + 38 away


def add(w: World) -> tuple[tuple, list[Pair]]:
    a, b = summands(w)
    prompt = w.pick(SUM_ASKS).format(a=a, b=b, i=w.pick(W.GROCERIES))
    turns = [(style(w, prompt), sum_answer(a, b))]
    while not w.heldout and w.chance(0.15):
        c, d = summands(w)
        if is_heldout(("sum", *sum_key(c, d))):
            continue
        turns.append((style(w, w.pick(SUM_FOLLOW).format(a=c, b=d)), sum_answer(c, d)))
    return sum_key(a, b), turns


# --- questions about a note ----------------------------------------------------------------------

Fact = tuple[tuple, str, list[Pair]]  # the combination, the sentence, questions with answers


def fact_place(w: World) -> Fact:
    who, colour, place = w.name(), w.pick(W.COLOURS), w.pick(W.CONTAINERS)
    noun, verb = w.item()
    thing = f"{colour} {noun}"
    sentence = w.pick((
        f"{who} left the {thing} in the {place}.", f"{who} put the {thing} in the {place}.",
        f"The {thing} {verb} in the {place}."))
    # An answer takes up the words of its question: "the keys" stay "the keys".
    answer = f"The {noun} {verb} in the {place}."
    asks = [(f"Where {verb} the {noun}?", answer), (f"Where {verb} the {noun}?", answer),
            (f"Where {verb} the {thing}?", f"The {thing} {verb} in the {place}."),
            (f"Where can I find the {noun}?", answer)]
    if not sentence.startswith("The"):
        did = sentence.split()[len(who.split())]
        asks += [(f"Who {did} the {noun} there?", f"{who} {did} the {noun} there.")]
    return (noun, colour, place), sentence, asks


def fact_event(w: World) -> Fact:
    what, day, time = bare(w.pick(W.ACTIVITIES[6:])), w.pick(W.DAYS), w.time()
    who = w.name()
    sentence = w.pick((f"The {what} with {who} is on {day} at {time}.",
                       f"On {day} at {time} there is the {what} with {who}."))
    answer = f"The {what} is on {day} at {time}."
    return (what, day, time, who), sentence, [
        (f"When is the {what}?", answer), (f"What time is the {what}?", answer),
        (f"On which day is the {what}?", answer),
        (f"Who is the {what} with?", f"The {what} is with {who}.")]


def fact_person(w: World) -> Fact:
    who, city = w.name(), w.city()
    if w.chance(0.5):
        answer = f"{who} lives in {city}."
        return (who, city), w.pick((answer, f"{who} moved to {city}.")), [
            (f"Where does {who} live?", answer), (f"Which city does {who} live in?", answer),
            (f"Who lives in {city}?", answer)]
    like = w.pick(W.LIKES)
    answer = f"{who} likes {like}."
    return (who, like), answer, [(f"What does {who} like?", answer), (f"Who likes {like}?", answer)]


def fact_price(w: World) -> Fact:
    noun, verb = w.item()
    thing, price = f"{w.pick(W.COLOURS)} {noun}", w.rng.randrange(2, 200)
    cost, does = ("cost", "do") if verb == "are" else ("costs", "does")
    answer = f"The {noun} {cost} {price} euros."
    return (thing, price), f"The {thing} {cost} {price} euros.", [
        (f"How much {does} the {noun} cost?", answer), (f"What {does} the {noun} cost?", answer),
        (f"What is the price of the {noun}?", answer)]


def fact_secret(w: World) -> Fact:
    what = w.pick(("Wi-Fi password", "door code", "alarm code", "locker code", "username",
                   "booking number", "room number", "bus number", "table number"))
    value = w.made_up().lower() if what in ("Wi-Fi password", "username") else str(
        w.rng.randrange(10, 10000))
    answer = f"The {what} is {value}."
    return (what, value), answer, [(f"What is the {what}?", answer)]


FACTS: list[Callable] = [fact_place] * 5 + [fact_event] * 3 + [fact_person] * 3 + [
    fact_price, fact_price, fact_secret]
NOTE_FORMS = ("Note: {n} Question: {q}", "Note: {n} Question: {q}", "Note: {n}\nQuestion: {q}",
              "Note: {n}\n{q}", "Note: {n} {q}", "Here is a note: {n} {q}",
              "Read this note: {n} {q}", "{q} Note: {n}", "Note: {n}\n\nQuestion: {q}")
NOT_SAID = "The note does not say."


def note(w: World) -> tuple[tuple, list[Pair]]:
    """One to four facts; asking about one that is not there has an honest answer too."""
    want, facts, nouns = w.pick((1, 2, 2, 3, 3, 4)), [], set()
    # Facts of one kind are the hard notes: the right one has to be told from the others.
    kinds = [w.pick(FACTS)] if not w.heldout and w.chance(w.follow / 2) else FACTS
    while len(facts) < want:
        fact = w.pick(kinds)(w)
        noun = fact[2][0][0]
        target = not facts
        if noun in nouns or is_heldout(("note", *fact[0])) != (w.heldout and target):
            continue
        nouns.add(noun)
        facts.append(fact)
    asked = facts[0]
    w.rng.shuffle(facts)
    question, answer = w.pick(asked[2])
    if not w.heldout and want > 1 and w.chance(0.1):
        facts.remove(asked)
        answer = NOT_SAID
    body = " ".join(sentence for _, sentence, _ in facts)
    form = w.pick(NOTE_FORMS)
    prompt = form.format(n=body, q=question)
    if w.chance(0.2):
        prompt = prompt.rstrip("?.")
    turns = [(prompt.lower() if w.lower else prompt, answer)]
    others = [] if w.heldout else [fact for fact in facts if fact is not asked]
    while others and w.chance(w.follow):
        # Most of the work is reading the note, so ask for more than one fact of it.
        question, answer = w.pick(others.pop()[2])
        turns.append((style(w, w.pick(("", "And ", "Question: ")) + question), answer))
    return asked[0], turns


# --- tool calls ----------------------------------------------------------------------------------

def tool_call(name: str, **arguments: object) -> str:
    return compact({"name": name, "arguments": arguments})


Call = tuple[str, dict, tuple[str, ...]]  # the tool, its arguments, ways to ask for it


def tool_clock(w: World) -> Call:
    if w.chance(0.5):
        n = w.rng.randrange(2, 300)
        return "set_timer", {"minutes": n}, (
            f"Set a timer for {n} minutes.", f"Set a timer for {n} minutes.",
            f"Start a {n} minute timer.", f"Timer for {n} minutes.", f"Timer {n} minutes.")
    said, time = w.said_time()
    day = w.pick(W.DAYS + ["today", "tomorrow"])
    on = day if day in ("today", "tomorrow") else f"on {w.case(day)}"
    return "set_alarm", {"time": time, "day": day}, (
        f"Set an alarm for {said} {on}.", f"Set an alarm {on} at {said}.",
        f"Wake me up {on} at {said}.", f"Alarm {on} at {said}.")


def tool_list(w: World) -> Call:
    item = w.pick(W.GROCERIES) if w.chance(0.7) else w.item()[0]
    n = w.rng.randrange(2, 25)
    where = w.pick(("shopping", "shopping", "weekend", "party", "holiday"))
    return "add_to_list", {"list": where, "item": item, "quantity": n}, (
        f"Add {n} {item} to the {where} list.", f"Put {n} {item} on my {where} list.",
        f"Add {n} {item} to my {where} list.", f"I need {n} {item} on the {where} list.")


def tool_people(w: World) -> Call:
    who = w.name()
    if w.chance(0.3):
        return "call", {"who": who}, (
            f"Call {who}.", f"Phone {who}.", f"Please call {who}.", f"Make a call to {who}.",
            f"Ring {who}.")
    text = w.message()
    return "send_message", {"to": who, "text": text}, (
        f"Tell {who}: {text}.", f"Send a message to {who}: {text}.", f"Text {who}: {text}.",
        f"Message {who} that {text}.", f"Tell {who} that {text}.",
        f"Send {who} the message: {text}.")


def tool_home(w: World) -> Call:
    room = w.pick(W.ROOMS)
    if w.chance(0.45):
        degrees = w.rng.randrange(14, 30)
        return "set_temperature", {"room": room, "degrees": degrees}, (
            f"Set the {room} to {degrees} degrees.", f"Heat the {room} to {degrees} degrees.",
            f"Make it {degrees} degrees in the {room}.",
            f"Set the temperature in the {room} to {degrees}.")
    on = w.chance(0.5)
    word = "on" if on else "off"
    thing, plural = w.pick((("light", "lights"), ("fan", "fans"), ("heater", "heaters"),
                            ("speaker", "speakers"), ("lamp", "lamps")))
    return "switch", {"device": thing, "room": room, "on": on}, (
        f"Turn {word} the {thing} in the {room}.", f"Switch {word} the {thing} in the {room}.",
        f"Turn the {room} {thing} {word}.", f"Turn {word} the {room} {plural}.",
        f"{room[0].upper()}{room[1:]} {thing} {word}.")


def tool_remind(w: World) -> Call:
    text, day = w.errand(), w.pick(W.DAYS + ["today", "tomorrow"])
    said, time = w.said_time()
    on = day if day in ("today", "tomorrow") else f"on {w.case(day)}"
    return "add_reminder", {"text": text, "day": day, "time": time}, (
        f"Remind me to {text} {on} at {said}.", f"Remind me {on} at {said} to {text}.",
        f"Add a reminder to {text} {on} at {said}.", f"Reminder: {text} {on} at {said}.")


def tool_out(w: World) -> Call:
    city = w.city()
    pick = w.rng.random()
    if pick < 0.4:
        day = w.pick(W.DAYS + ["today", "tomorrow"])
        on = day if day in ("today", "tomorrow") else f"on {w.case(day)}"
        return "get_weather", {"city": city, "day": day}, (
            f"What is the weather in {city} {on}?", f"What's the weather like in {city} {on}?",
            f"Weather in {city} {on}.", f"How is the weather in {city} {on}?",
            f"Will it rain in {city} {on}?")
    if pick < 0.7:
        return "navigate", {"to": city}, (
            f"Navigate to {city}.", f"Take me to {city}.", f"Show me the way to {city}.",
            f"Directions to {city}.", f"How do I get to {city}?")
    artist = w.name()
    kind = w.pick(W.LISTENING)
    return "play_music", {"style": kind, "artist": artist}, (
        f"Play some {kind} by {artist}.", f"Play {kind} by {artist}.",
        f"I want to hear {kind} by {artist}.", f"Put on some {kind} by {artist}.")


def tool_note(w: World) -> Call:
    text = w.message() if w.chance(0.6) else w.errand()
    return "save_note", {"text": text}, (
        f"Save a note: {text}.", f"Write down: {text}.", f"Make a note: {text}.",
        f"Remember this: {text}.", f"Take a note: {text}.")


TOOLS: list[Callable] = [tool_clock, tool_clock, tool_list, tool_people, tool_people, tool_home,
                         tool_home, tool_remind, tool_out, tool_out, tool_note]


def tool(w: World) -> tuple[tuple, list[Pair]]:
    name, arguments, asks = w.pick(TOOLS)(w)
    turns = [(style(w, w.pick(asks), polite=True), tool_call(name, **arguments))]
    if name == "set_timer" and not w.heldout and w.chance(0.25):
        n = w.rng.randrange(2, 300)
        if not is_heldout(("tool", name, n)):
            ask = w.pick(("And one for {} minutes.", "Another one for {} minutes.",
                          "And {} minutes.", "Now one for {} minutes."))
            turns.append((style(w, ask.format(n)), tool_call(name, minutes=n)))
    return (name, *arguments.values()), turns


# --- the rest of the world, and dialogues ---------------------------------------------------------

def style(w: World, prompt: str, polite: bool = False, lower_first: bool = True) -> str:
    """People leave out capitals and full stops, and some say please."""
    if polite and w.chance(0.15) and "lease" not in prompt:
        lowered = prompt[0].lower() + prompt[1:]
        prompt = w.pick((f"Please {lowered}", f"Can you {lowered}", f"Hey Tegula, {lowered}",
                         prompt.rstrip(".?") + ", please.", prompt.rstrip(".?") + " please."))
    if w.lower:
        prompt = prompt.lower()
    elif lower_first and w.chance(0.25):
        prompt = prompt[0].lower() + prompt[1:]
    return prompt.rstrip(".?!") if w.chance(0.3) else prompt


def repeat(w: World) -> tuple[tuple, list[Pair]]:
    """Plain copying, which all four tasks rest on."""
    parts = (w.name, w.city, lambda: w.item()[0], w.time, w.errand, w.made_up,
             lambda: str(w.rng.randrange(10 ** w.rng.randrange(1, 7))))
    text = " ".join(w.pick(parts)() for _ in range(w.rng.randrange(1, 9)))
    ask = w.pick(("Repeat: {}", "Repeat after me: {}", "Say: {}", "Echo: {}", "Copy this: {}"))
    return ("repeat", text), [(style(w, ask.format(text)), text)]


def introduce(w: World) -> tuple[tuple, list[Pair]]:
    name = w.name()
    said = w.pick(("My name is {}.", "I am {}.", "I'm {}.", "Hello, I am {}.", "Hi, my name is {}.",
                   "You can call me {}."))
    turns = [(style(w, said.format(name)), f"Nice to meet you, {name}. How can I help you?")]
    if w.chance(0.6):
        turns.append((style(w, w.pick(("What is my name?", "Who am I?", "Do you know my name?",
                                       "What's my name?"))), f"Your name is {name}."))
    return ("introduce", name), turns


def talk(w: World) -> tuple[tuple, list[Pair]]:
    if w.chance(0.12):
        return introduce(w)
    if w.chance(0.65):
        # What it is and what it can do is asked most, and a longer list of asks needs more draws.
        asks, answer = w.rng.choices(smalltalk.EXCHANGES, smalltalk.SHARES)[0]
        prompt = w.pick(asks)
    else:
        prompt, answer = smalltalk.outside(w.rng, w)
    return ("talk", prompt), [(style(w, prompt), answer)]


MAKERS: dict[str, Callable] = {"extract": extract, "sum": add, "note": note, "tool": tool,
                               "talk": talk, "repeat": repeat}
WEIGHTS = {"extract": 26, "sum": 12, "note": 26, "tool": 20, "talk": 11, "repeat": 5}


def exchange(task: str, rng: random.Random, heldout: bool) -> tuple[tuple, list[Pair]]:
    """The combination and the turns of one task, drawn until the combination is in the split."""
    w = World(rng, heldout)
    while True:
        w.lower = rng.random() < 0.1
        key, turns = MAKERS[task](w)
        if task not in TASKS or is_heldout((task, *key)) == heldout:
            return (task, *key), turns


def messages(turns: list[Pair], system: str | None) -> list[dict[str, str]]:
    out = [{"role": "system", "content": system}] if system else []
    for prompt, answer in turns:
        out += [{"role": "user", "content": prompt}, {"role": "assistant", "content": answer}]
    return out


def dialogue(rng: random.Random, single: float = 0.9) -> dict:
    """A training dialogue: mostly one task, sometimes several in a row."""
    tasks, weights = list(WEIGHTS), list(WEIGHTS.values())
    count = 1 if rng.random() < single else rng.randrange(2, 6)
    turns: list[Pair] = []
    keys, chosen = [], rng.choices(tasks, weights, k=count)
    for task in chosen:
        key, more = exchange(task, rng, heldout=False)
        keys.append(key)
        turns += more
    system = rng.choice(smalltalk.SYSTEMS) if rng.random() < 0.2 else None
    return {"task": chosen[0] if count == 1 else "mixed", "messages": messages(turns, system),
            "keys": keys}


def heldout_set(seed: int, per_task: int) -> list[dict]:
    """`per_task` different held-out combinations of each of the four tasks, one turn each."""
    rows = []
    for task in TASKS:
        rng, seen = random.Random(f"{seed}/{task}"), set()
        while len(seen) < per_task:
            key, turns = exchange(task, rng, heldout=True)
            if key not in seen:
                seen.add(key)
                rows.append({"task": task, "messages": messages(turns, None), "keys": [key]})
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=1000,
                        help="dialogues (train), or combinations per task (heldout)")
    parser.add_argument("--split", choices=("train", "heldout"), default="train")
    args = parser.parse_args()
    rng = random.Random(args.seed)
    rows = heldout_set(args.seed, args.count) if args.split == "heldout" else (
        dialogue(rng) for _ in range(args.count))
    prompts, keys, total = set(), set(), 0
    for row in rows:
        print(json.dumps({"task": row["task"], "messages": row["messages"]}, ensure_ascii=False))
        total += 1
        keys.update(row["keys"])
        prompts.update(m["content"] for m in row["messages"] if m["role"] == "user")
    print(f"{total} dialogues, {len(prompts)} distinct prompts, {len(keys)} distinct combinations",
          file=sys.stderr)


if __name__ == "__main__":
    main()
