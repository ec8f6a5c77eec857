"""Amounts, bases and keys in plain English and Khmer."""

from __future__ import annotations

from fractions import Fraction

from revenue.sharing.engine.plan import RECEIPT, Amount, Base, Bound, Fixed, FromFacts, Key, Pick, Plan, Rate, Text
from revenue.sharing.engine.units import for_people, scale

# The largest number under a fraction that is read aloud.
_READABLE = 100


def join(*parts: Text | str) -> Text:
    """Put texts after one another, in both languages; a plain string is the same in both."""
    both = [part if isinstance(part, Text) else Text(part, part) for part in parts]
    return Text("".join(part.en for part in both), "".join(part.km or part.en for part in both))


def part_text(part: Fraction) -> str:
    """Write a share as people do: ``60 %`` if that is exact with few decimals, else ``1/3``."""
    percent = part * 100
    if (percent * 10_000).denominator != 1:
        return f"{part.numerator}/{part.denominator}"
    whole, rest = divmod(percent.numerator * (10_000 // percent.denominator), 10_000)
    decimals = f".{rest:04d}".rstrip("0").rstrip(".")
    return f"{whole}{decimals} %"


def near_text(part: Fraction) -> Text:
    """Write a recipient's part for people: as ``part_text``, but ``about 41.83 %`` where the fraction has large numbers."""
    hundredths = round(part * 10_000)
    if part.denominator <= _READABLE or (part * 1_000_000).denominator == 1 or not hundredths:
        return join(part_text(part))
    near = part_text(Fraction(hundredths, 10_000))
    return Text(f"about {near}", f"ប្រហែល {near}")


def number_text(value: Fraction) -> str:
    """Write an exact number: as a decimal if it ends within six places, else as a fraction."""
    if (value * 10**6).denominator != 1:
        return f"{value.numerator}/{value.denominator}"
    whole, rest = divmod(value.numerator * (10**6 // value.denominator), 10**6)
    return f"{whole:,}" + f".{rest:06d}".rstrip("0").rstrip(".")


def exact_text(value: Fraction) -> str:
    """Write an exact number without commas, so that it can be read back: ``4.5``, ``-0.25`` or ``1/3``."""
    return ("-" if value < 0 else "") + number_text(abs(value)).replace(",", "")


def money_text(minor: int, currency: str) -> str:
    """Write an amount with its currency: ``USD 1,250.00``."""
    return f"{currency} {for_people(minor=minor, currency=currency)}"


def pot_text(plan: Plan, code: str) -> Text:
    """Return the title of a pot, or "the money received" for the receipt."""
    if code == RECEIPT:
        return Text("the money received", "ប្រាក់ដែលបានទទួល")
    title = plan.pot(code).title
    return Text(title.en or title.km or code, title.km or title.en or code)


def list_text(texts: list[Text]) -> Text:
    """Join titles as a list in both languages."""
    return Text(", ".join(text.en for text in texts), ", ".join(text.km or text.en for text in texts))


def base_text(plan: Plan, base: Base, source: str) -> Text:
    """Say what a percentage is of."""
    if base.kind == "gross":
        return Text("the gross receipt", "ចំណូលដុលទាំងអស់")
    if base.kind == "left":
        pot = pot_text(plan, source)
        return Text(f"what is left of {pot.en}", f"អ្វីដែលនៅសល់ពី{pot.km}")
    pots = list_text([pot_text(plan, code) for code in base.pots])
    if base.kind == "pot":
        return Text(f"what went to {pots.en}", f"ប្រាក់ដែលបានទៅ{pots.km}")
    return Text(f"the gross receipt less {pots.en}", f"ចំណូលដុលដក {pots.km}")


def amount_text(plan: Plan, amount: Amount, source: str) -> Text:
    """Say how an amount is found."""
    if isinstance(amount, Fixed):
        return join(money_text(amount.minor, plan.currency))
    if isinstance(amount, FromFacts):
        return Text(f"the amount stated as “{amount.name}”", f"ចំនួនដែលបានបញ្ជាក់ជា “{amount.name}”")
    if isinstance(amount, Rate):
        return join(part_text(amount.rate), Text(" of ", " នៃ"), base_text(plan, amount.of, source))
    assert isinstance(amount, Pick)
    which = Text("the greatest of: ", "ចំនួនធំជាងគេនៃ៖ ") if amount.which == "greatest" else Text("the least of: ", "ចំនួនតូចជាងគេនៃ៖ ")
    return join(which, list_text([amount_text(plan, item, source) for item in amount.amounts]))


_INDICATORS = {
    "area": Text("area", "ផ្ទៃដី"),
    "eligible_area": Text("eligible area", "ផ្ទៃដីមានសិទ្ធិ"),
    "area_ha": Text("area in hectares", "ផ្ទៃដីគិតជាហិកតា"),
    "eligible_area_ha": Text("eligible area in hectares", "ផ្ទៃដីមានសិទ្ធិគិតជាហិកតា"),
    "households": Text("number of households", "ចំនួនគ្រួសារ"),
    "population": Text("population", "ចំនួនប្រជាជន"),
    "poor_households": Text("number of poor households", "ចំនួនគ្រួសារក្រីក្រ"),
    "indigenous_households": Text("number of indigenous households", "ចំនួនគ្រួសារជនជាតិដើមភាគតិច"),
    "tco2e": Text("tonnes of CO2e", "តោន CO2e"),
    "performance": Text("performance", "លទ្ធផល"),
}


def indicator_text(name: str) -> Text:
    """Name an indicator in both languages, or as the plan names it."""
    return _INDICATORS.get(name) or join(name.replace("_", " "))


def key_text(key: Key) -> Text:
    """Say what a division goes by."""
    if key.kind == "equal":
        return Text("in equal shares", "ស្មើៗគ្នា")
    names = [indicator_text(name) for name, _ in key.parts]
    by = Text("by ", "តាម")
    if key.kind == "indicator":
        return join(by, names[0])
    if key.kind == "multiply":
        return Text("by " + " × ".join(n.en for n in names), "តាម" + " × ".join(n.km for n in names))
    weighed = [join(name, f" ({number_text(weight)})") for name, (_, weight) in zip(names, key.parts, strict=True)]
    return join(Text("by a weighted index of ", "តាមសន្ទស្សន៍ថ្លឹងនៃ"), list_text(weighed))


def bound_text(plan: Plan, bound: Bound) -> Text:
    """Say what a floor or a ceiling is."""
    if bound.kind == "fixed":
        return join(money_text(bound.minor, plan.currency))
    if bound.kind == "indicator":
        return join(Text("the amount in ", "ចំនួនក្នុង "), indicator_text(bound.indicator))
    return Text("what they got last time", "ចំនួនដែលបានទទួលលើកមុន")


def rate_text(plan: Plan, rate: Fraction | str | None) -> Text:
    """Say so much for each unit."""
    if rate is None:
        return Text("what the pot allows", "តាមដែលមានក្នុងថវិកា")
    if isinstance(rate, str):
        return Text(f"the rate stated as “{rate}”", f"អត្រាដែលបានបញ្ជាក់ជា “{rate}”")
    return join(f"{plan.currency} {number_text(rate / scale(currency=plan.currency))}")
