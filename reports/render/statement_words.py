"""The words of a community's statement, in English and Khmer; like all words of reports they are never re-translated."""

from __future__ import annotations

from typing import Final

from reports.render.words import LANGUAGES

WORDS: Final[dict[str, tuple[str, str]]] = {
    "title": ("Forest carbon money of our community", "ប្រាក់កាបូនព្រៃឈើរបស់សហគមន៍យើង"),
    "notice": ("For the notice board: everybody may read and ask.", "សម្រាប់ក្តារព័ត៌មាន៖ អ្នករាល់គ្នាអាចអាន និងសួរបាន។"),
    "villages": ("Villages", "ភូមិ"),
    "demonstration": ("Demonstration data: the amounts are invented", "ទិន្នន័យសាកល្បង៖ ចំនួនទឹកប្រាក់មិនមែនជាការពិត"),
    "to": ("to", "ដល់"),
    # the four big figures
    "share": ("Our share", "ចំណែករបស់យើង"),
    "paid": ("Paid to us", "ប្រាក់បានបើកឱ្យយើង"),
    "spent": ("We spent", "យើងបានចំណាយ"),
    "with_us": ("Still with us", "នៅសល់ក្នុងដៃយើង"),
    # sections
    "s_share": ("Our share, and why", "ចំណែករបស់យើង និងមូលហេតុ"),
    "s_paid": ("When it was paid, and to which account", "ប្រាក់បានបើកនៅពេលណា និងចូលគណនីណា"),
    "s_bought": ("What was bought", "អ្វីដែលបានទិញ"),
    "s_left": ("What is left", "អ្វីដែលនៅសល់"),
    "s_late": ("What is late", "អ្វីដែលយឺត"),
    "s_complain": ("Something is wrong?", "មានអ្វីមិនត្រឹមត្រូវ?"),
    # share
    "sale": ("Sale", "ការលក់"),
    "no_sale": ("Money that is not from a sale", "ប្រាក់ដែលមិនមែនពីការលក់"),
    "private_sale": ("Sale whose price may not be published", "ការលក់ដែលតម្លៃមិនអាចផ្សព្វផ្សាយបាន"),
    "sold_on": ("sold on", "បានលក់នៅ"),
    "tonnes": ("tonnes of CO2", "តោន CO2"),
    "arrived_on": ("the money came on", "ប្រាក់បានចូលនៅ"),
    "held": ("kept in reserve", "រក្សាទុកជាបម្រុង"),
    "withheld": ("held back", "ត្រូវបានឃាត់ទុក"),
    "no_share": ("No money was set aside for us in this time.", "ក្នុងរយៈពេលនេះ គ្មានប្រាក់ដាក់ដោយឡែកសម្រាប់យើងទេ។"),
    "about": ("about", "ប្រហែល"),
    "rate": ("“About”: at the rate of the payment of", "«ប្រហែល»៖ តាមអត្រានៃការបើកប្រាក់នៅ"),
    # payments
    "into": ("into", "ចូល"),
    "account": ("account", "គណនី"),
    "acknowledged": ("said to have arrived by", "បានទទួលស្គាល់ដោយ"),
    "and": ("and", "និង"),
    "on": ("on", "នៅ"),
    "not_acknowledged": ("Nobody has yet said that it arrived.", "មិនទាន់មានអ្នកណាទទួលស្គាល់ថាបានទទួលប្រាក់នេះនៅឡើយទេ។"),
    "sent_back": ("The bank sent it back on", "ធនាគារបានបញ្ជូនត្រឡប់វិញនៅ"),
    "no_payment": ("Nothing was paid to us in this time.", "ក្នុងរយៈពេលនេះ គ្មានប្រាក់បើកឱ្យយើងទេ។"),
    # spending
    "paper": ("with a receipt", "មានបង្កាន់ដៃ"),
    "no_paper": ("no receipt yet", "មិនទាន់មានបង្កាន់ដៃ"),
    "own_money": ("not from carbon money", "មិនមែនពីប្រាក់កាបូន"),
    "no_spending": ("Nothing was bought and accepted in this time.", "ក្នុងរយៈពេលនេះ គ្មានការទិញដែលបានទទួលយកទេ។"),
    "others": ("others, together", "ផ្សេងទៀត សរុប"),
    "total": ("Together", "សរុប"),
    "waiting": ("Not counted here: records that wait for the office:", "មិនរាប់បញ្ចូលទីនេះ៖ កំណត់ត្រាដែលរង់ចាំការិយាល័យ៖"),
    # left
    "opening": ("With us at the beginning", "មានក្នុងដៃយើងនៅដើមគ្រា"),
    "plus_paid": ("Paid to us", "ប្រាក់បានបើកឱ្យយើង"),
    "less_spent": ("Spent and accepted", "បានចំណាយ និងត្រូវបានទទួលយក"),
    "less_other": ("Given back, sent back or corrected", "បានប្រគល់ត្រឡប់ ឬកែតម្រូវ"),
    "closing": ("With us at the end", "មានក្នុងដៃយើងនៅចុងគ្រា"),
    "at_bank": ("Set aside for us at the bank, not yet paid", "ដាក់ដោយឡែកសម្រាប់យើងនៅធនាគារ មិនទាន់បើក"),
    "to_repay": ("To be repaid by us", "យើងត្រូវសងវិញ"),
    # late
    "l_account": ("was to be accounted for; still open", "ត្រូវរាយការណ៍ចំណាយ ហើយនៅមិនទាន់រួច"),
    "l_acknowledge": ("was paid; nobody has said that it arrived", "បានបើក តែមិនទាន់មានអ្នកទទួលស្គាល់"),
    "l_payment": ("was to be paid to us; the office is late", "ត្រូវបើកឱ្យយើង តែការិយាល័យយឺត"),
    "days_late": ("days late", "ថ្ងៃហួសកំណត់"),
    "nothing_late": ("Nothing is late.", "គ្មានអ្វីយឺតទេ។"),
    # complaint and check
    "complain": (
        "Ask the committee first. Or tell the programme's office or the commune: it costs nothing, and nobody may punish you for it.",
        "សូមសួរគណៈកម្មការជាមុន ឬប្រាប់ការិយាល័យកម្មវិធី ឬឃុំ។ មិនគិតថ្លៃទេ ហើយគ្មានអ្នកណាមានសិទ្ធិដាក់ទោសអ្នក ដោយសារអ្នកសួរឡើយ។",
    ),
    "complain_at": ("Tell", "ប្រាប់"),
    "check": ("Is this sheet genuine? Point a telephone at the square, or open", "សន្លឹកនេះពិតឬទេ? សូមស្កេនរូបការ៉េ ឬបើក"),
    "code": ("Code", "លេខកូដ"),
    "unsigned": ("no electronic signature", "គ្មានហត្ថលេខាអេឡិចត្រូនិក"),
    "signed": ("signed electronically: see the file", "បានចុះហត្ថលេខាអេឡិចត្រូនិក៖ សូមមើលក្នុងឯកសារ PDF"),
    "other_side": ("ភាសាខ្មែរនៅទំព័រ ១ · English on page 2", "ភាសាខ្មែរនៅទំព័រ ១ · English on page 2"),
    "page": ("page", "ទំព័រ"),
    "of": ("of", "នៃ"),
    "frozen": ("Figures of", "តួលេខនៅថ្ងៃ"),
}


def word(key: str, language: str) -> str:
    """Return one of the statement's words."""
    return WORDS[key][LANGUAGES.index(language)]
